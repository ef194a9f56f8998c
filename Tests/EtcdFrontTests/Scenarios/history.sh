for number in 1 2 3 4 5 6; do t put key "$number"; done
t put other 1
t del other
t compact 4
t get key --rev=3
t get key --rev=4
t get key --rev=5
t compact 4
t compact 3
t compact 100
t endpoint hashkv -w json
t endpoint hashkv --rev=6 -w json
t endpoint hashkv --rev=4 -w json
t endpoint hashkv --rev=2 -w json
t endpoint hashkv --rev=99 -w json
t compact 9 --physical
t get key --rev=9
t get other --rev=9
t endpoint hashkv -w json
t del "" --prefix
t endpoint hashkv -w json
t put again 1
t endpoint hashkv -w json
