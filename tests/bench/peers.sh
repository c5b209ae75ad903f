#!/bin/bash
# Asks the peers that are installed what the table in README.md says of them: tini, s6, supervisord, systemd
# of Debian. Each runs as PID 1 of a namespace of its own. Needs root.
set -u
folder=$(mktemp -d)
unshare=
trap '[ -z "$unshare" ] || kill -s KILL "$unshare" 2>/dev/null; rm -rf "$folder"' EXIT
trap 'exit 1' PIPE INT TERM
cd "$folder" || exit 1
enter="unshare --fork --pid --mount-proc --kill-child=KILL"

for program in tini s6-svscan supervisord supervisorctl man; do
  command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 1; }
done

# Starts PID 1 in the background; $unshare and $init are the two outside.
start() {
  $enter "$@" >"$folder/output" 2>&1 &
  unshare=$!
  until init=$(pgrep --parent "$unshare"); do
    kill -0 "$unshare" || { cat "$folder/output"; exit 1; }
    sleep 0.05
  done
}

# Ends PID 1 and prints the status that it leaves.
finish() {
  kill -s "$1" "$init"
  wait "$unshare"
  echo "  $1 to PID 1: status $?"
  unshare=
}

memory() {
  for process in $init $(pgrep --parent "$init"); do
    name=$(cat "/proc/$process/comm")
    [ "$name" = sleep ] || echo "  memory of $name: $(awk '/^Pss:/ { print $2 }' "/proc/$process/smaps_rollup") KiB"
  done
}

# Whether the service that was stopped has left its `sleep $1`. To be asked while PID 1 lives, which takes all along.
left() { pgrep -f "^sleep $1\$" >/dev/null && echo "  a stopped service has left a process behind" || echo "  nothing is left behind"; }

echo "tini: $(stat --format %s "$(command -v tini)") bytes"
start tini -- sleep 31001
sleep 1
memory
finish TERM
$enter tini -- sh -c 'exit 3'
echo "  status of a program that ends with 3: $?"

size() { dpkg-query --show --showformat '${Installed-Size}\n' "$@" | awk '{ all += $1 } END { print all " KiB" }'; }

echo "s6: $(size s6 libs6-2.11 libexecline2.9 libskarnet2.13)"
mkdir -p scan/stray
printf '#!/bin/sh\nsetsid sleep 31002 &\nexec sleep 31003\n' >scan/stray/run
chmod +x scan/stray/run
start s6-svscan scan
sleep 1
memory
s6-svc -d -wD -T 3000 scan/stray
left 31002
finish TERM

echo "supervisord: $(size supervisor python3-pkg-resources), and Python 3: $(size python3-minimal python3.11-minimal libpython3.11-minimal libpython3.11-stdlib)"
cat >supervisord.conf <<END
[supervisord]
nodaemon=true
user=root
logfile=/dev/null
logfile_maxbytes=0
pidfile=$folder/pid
[unix_http_server]
file=$folder/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://$folder/socket
[program:first]
command=sleep 31004
priority=1
startsecs=3
[program:second]
command=sleep 31005
priority=2
[program:stray]
command=sh -c 'setsid sleep 31006 & exec sleep 31007'
stopasgroup=true
killasgroup=true
[program:fails]
command=sh -c 'exit 3'
startsecs=0
autorestart=false
END
start supervisord -c supervisord.conf
until grep -q "success: first" output; do sleep 0.2; done
memory
grep -E "spawned: '(first|second)'|success: first|exited: fails" output | sed 's/^/  /'
supervisorctl -c supervisord.conf stop stray >/dev/null
left 31006
finish TERM
grep -E "stopped: (first|second)" output | sed 's/^/  /'

echo "systemd: $(size systemd)"
man systemd | col -b | grep -A 3 '^ *SIGTERM$'
