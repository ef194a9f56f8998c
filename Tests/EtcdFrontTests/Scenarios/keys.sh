t put foo bar
t get foo
t get foo -w json
t put foo "hello world" --prev-kv
t put foo again --prev-kv -w json
t get missing
t get missing -w json
for number in 1 2 3 4 5; do t put "k$number" "v$((6 - number))"; done
t put k2 v9
t get k --prefix
t get k --prefix -w json
for target in KEY VERSION CREATE MODIFY VALUE; do
    for order in ASCEND DESCEND; do t get k --prefix --sort-by=$target --order=$order; done
    t get k --prefix --sort-by=$target
    t get k --prefix --sort-by=$target --limit=2 -w json
    t get k --prefix --sort-by=$target --order=DESCEND --limit=3 -w json
done
t get k --prefix --order=DESCEND
t get k --prefix --limit=2 -w json
t get k --prefix --limit=5 -w json
t get k1 k4
t get k4 k1
t get k3 --from-key
t get "" --prefix --keys-only
t get "" --from-key --count-only -w json
t get k --prefix --keys-only --sort-by=VALUE -w json
t get foo --rev=2
t get foo --rev=3 -w json
t get k --prefix --rev=6 -w json
t get foo --rev=99
t get foo --consistency=s
t get foo --print-value-only
t get foo --hex
t get foo -w fields
t put foo --ignore-value
t put foo v --ignore-lease
t put newkey --ignore-value
t put newkey v --ignore-lease
t put newkey v --lease=123
t put "" value
t get ""
t del k1 --prev-kv
t del k1
t del k --prefix --prev-kv -w json
t del nothing -w json
t del foo foo0
t get "" --prefix
t put empty ""
t get empty -w json
