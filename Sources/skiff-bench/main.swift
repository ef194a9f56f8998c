print("skiff-bench")
