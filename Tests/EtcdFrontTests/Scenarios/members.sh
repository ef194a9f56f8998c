t endpoint health
t endpoint status
t endpoint status -w json
t member list
t member list -w json
t member remove 1234
t member promote 1234
t member update 1234 --peer-urls=http://127.0.0.1:1
t alarm list
t alarm disarm
t defrag
t move-leader 1234
t user list
t role list
t user get root
t role get root
t auth enable
t auth disable
t put a 1
t put b 2
t del a
t snapshot save "$DIRECTORY/snapshot.db"
t snapshot status "$DIRECTORY/snapshot.db" -w json
