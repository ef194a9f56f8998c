t lock short echo held
begin lock busy
lines 1
t get busy --prefix --keys-only
printf 'second waits\n'
etcdctl --endpoints="$ENDPOINT" lock busy echo second >"$DIRECTORY/second" 2>&1 &
waiting=$!
sleep 0.5
cat "$DIRECTORY/second"
end
wait $waiting
cat "$DIRECTORY/second"
t get busy --prefix
begin elect leadership first
lines 2
timeout -s INT 1 etcdctl --endpoints="$ENDPOINT" elect leadership -l 2>&1
sleep 0.5
t get leadership --prefix --print-value-only
end
t get leadership --prefix
