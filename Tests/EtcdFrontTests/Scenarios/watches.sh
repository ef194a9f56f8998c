t put foo 1
t put foo 2
t put bar 1
t del foo
t put foo 3
begin watch foo --rev=1; lines 12; end
begin watch foo --rev=3 --prev-kv; lines 12; end
begin watch "" --prefix --rev=2 -w json; lines 1; end
begin watch f g --rev=2 -w fields; lines 20; end
begin watch foo
sleep 0.5
t put foo 4
t put bar 2
t del foo
lines 6
end
begin watch "" --from-key --prev-kv -w json
sleep 0.5
t put foo 5
lines 1
t put foo 6
lines 1
end
begin watch foo --rev=14
sleep 0.3
t put foo 7
t put foo 8
t put foo 9
t put foo 10
lines 3
end
t compact 8
begin watch foo --rev=2; lines 1; end
begin watch foo --rev=2 -w json; lines 1; end
