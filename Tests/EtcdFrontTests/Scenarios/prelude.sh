# What every scenario begins with. ENDPOINT is the server that is asked, DIRECTORY is empty and its own.
set -u
e() { etcdctl --endpoints="$ENDPOINT" "$@" 2>&1; }
# Shows a command and its output.
t() { printf '$ %s\n' "$*"; e "$@"; }
# Starts a command that does not end by itself, shows so many lines of it, ends it.
begin() { printf '$ %s &\n' "$*"; coproc RUNNING { exec etcdctl --endpoints="$ENDPOINT" "$@" 2>&1; }; }
lines() {
    local line i
    for ((i = 0; i < $1; i++)); do
        IFS= read -r -t 10 line <&"${RUNNING[0]}" || { echo "(no more lines)"; return; }
        printf '%s\n' "$line"
    done
}
end() { kill -INT "$RUNNING_PID"; wait "$RUNNING_PID" 2>/dev/null; true; }
