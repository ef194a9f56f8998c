t put a 1
t put b 2
run() { printf '$ txn %s\n' "$*"; e txn "$@"; }
run <<'X'
value("a") = "1"

put a 10
get a
get b

get b

X
run -w json <<'X'
value("a") = "1"

put a 11

get a
get b
del missing
put c 3
get c
del b --prev-kv

X
run -w json <<'X'
mod("a") > "1"
create("a") = "2"
version("a") != "1"

get "" --prefix
get "" --prefix --rev=2

get a

X
run <<'X'
version("nothing") = "0"

put nothing 1

put nothing 2

X
run <<'X'
value("missing") < "x"

put m 1

get missing

X
run <<'X'


put a 1
put a 2


X
run <<'X'


put a 1
del a


X
run <<'X'


del a z
put b 1


X
run <<'X'


del a b
put b 1


X
run <<'X'


get a --rev=1000


X
t get "" --prefix -w json
