granted() { sed -E 's/^lease ([0-9a-f]+) granted.*/\1/' <<<"$1"; }
output=$(e lease grant 100)
echo "$output"
lease=$(granted "$output")
t put leased 1 --lease="$lease"
t get leased
t lease timetolive "$lease"
t lease timetolive "$lease" --keys
t lease timetolive "$lease" --keys -w json
# etcd tells several keys in any order, so only one is attached when they are asked for.
t put leased2 1 --lease="$lease"
t lease list
t lease keep-alive "$lease" --once
begin lease keep-alive "$lease"; lines 1; end
t put leased 2
t lease timetolive "$lease" --keys
t put leased2 3 --ignore-lease
t lease timetolive "$lease" --keys
t lease revoke "$lease"
t lease revoke "$lease"
t lease timetolive "$lease"
t lease keep-alive "$lease" --once
t get leased
t get leased2 -w json
t lease list
t lease grant 1
t lease grant 0
t lease grant 9000000001
output=$(e lease grant 2)
lease=$(granted "$output")
t put short 1 --lease="$lease"
begin watch short
lines 3
end
t get short
