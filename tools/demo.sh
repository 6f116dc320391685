#!/usr/bin/env bash
# Shows rollcall at work: builds it, starts a server, lets real clients talk to it, and kills one: the count goes down.
# Ends by itself. Installs missing Debian packages first.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# Everything that this script started ends with it.
work=$(mktemp -d)
processes=()
finish() {
  [ ${#processes[@]} -eq 0 ] || kill "${processes[@]}" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

ensure_packages "${rollcall_packages[@]}"
say "Building (once)…"
[ -f build/release/build.ninja ] || cmake --preset release -DROLLCALL_TESTS=OFF >/dev/null
cmake --build --preset release --target rollcall-server rollcall-client | tail -n 1
bin=build/release/bin

say "A server, on a free port"
mkfifo "$work/log"
"$bin/rollcall-server" --port 0 >"$work/log" &
server=$!
processes+=("$server")
exec {log}<"$work/log"

# wait_for TEXT: shows the server's lines up to the one that contains TEXT, which is left in $line.
wait_for() {
  while IFS= read -r -t 20 line <&"$log"; do
    printf '  server │ %s\n' "$line"
    [[ $line == *"$1"* ]] && return 0
  done
  echo "demo: the server did not say \"$1\" within 20 s" >&2
  exit 1
}
wait_for 'Servidor rodando em'
port=${line##*:}

say "One client, with the conversation that it all began with"
printf 'Olá!\nsair\n' | "$bin/rollcall-client" --host 127.0.0.1 --port "$port" | sed 's/^/  client │ /'
wait_for 'Total de clientes: 0'

say "Three clients that stay"
clients=()
for name in ana bia caio; do
  mkfifo "$work/$name"
  "$bin/rollcall-client" --host 127.0.0.1 --port "$port" --name "$name" <"$work/$name" >"$work/$name.out" 2>&1 &
  clients+=($!)
  processes+=($!)
  disown # bash says nothing when it is killed
  exec {input}>"$work/$name" # held open: the client waits for more to send
  wait_for 'Hello, Server!'
done
printf 'E aí?\n' >&"$input"
wait_for 'E aí?'

say "bia is killed with SIGKILL; nobody tells the server"
started=$EPOCHREALTIME
kill -KILL "${clients[1]}"
wait_for 'Total de clientes: 2'
ended=$EPOCHREALTIME
microseconds=$((${ended/[.,]/} - ${started/[.,]/}))
printf '\n  From the kill to the true count: %d.%03d ms\n' $((microseconds / 1000)) $((microseconds % 1000))

say "The server stops; whoever is left is told"
kill -TERM "$server"
wait_for 'Servidor encerrado'
wait "$server"

say "By hand, in two terminals:"
cat <<EOF
  $bin/rollcall-server
  $bin/rollcall-client            (as many as you like; --help shows more)
EOF
