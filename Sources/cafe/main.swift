print("cafe")
