#!/bin/sh
# aditctl direct ban against a real Redis. Usage: ban_test.sh ADITCTL
set -eu
aditctl=$1
folder=$(mktemp -d)
redis-server --port 0 --unixsocket "$folder/redis.sock" --save '' --dir "$folder" >/dev/null &
redis=$!
trap 'kill $redis; wait $redis 2>/dev/null || true; rm -rf "$folder"' EXIT
until redis-cli -s "$folder/redis.sock" ping >/dev/null 2>&1; do sleep 0.05; done
at="--redis unix:$folder/redis.sock"

# expect STATUS TEXT ARGUMENT...: what it says contains the text.
expect() {
    status=$1 text=$2
    shift 2
    got=0
    said=$("$aditctl" direct ban "$@" 2>&1) || got=$?
    if [ "$got" != "$status" ]; then
        echo "aditctl direct ban $*: status $got, not $status: $said"
        exit 1
    fi
    case $said in
        *"$text"*) ;;
        *)
            echo "aditctl direct ban $*: does not say \"$text\": $said"
            exit 1
            ;;
    esac
}

expect 0 "" list $at
expect 0 "banned address 10.0.0.0/8 for ever" add --address 10.1.2.3/8 --reason "flood of opens" $at
expect 0 "banned identity alice until 20" add --identity alice --for 24h $at
expect 0 "replaced address 10.0.0.0/8 until 20" add --address 10.0.0.0/8 --for 7d $at
expect 0 "banned address 2001:db8::1 for ever" add --address 2001:db8::1 $at
expect 0 "identity alice  until 20" list $at
expect 0 "address 2001:db8::1  for ever" list $at
expect 0 "allowed identity alice" remove --identity alice $at
expect 1 "identity alice is not banned" remove --identity alice $at
expect 1 "--address pool.example" add --address pool.example $at
expect 1 "--for tomorrow" add --identity bob --for tomorrow $at
expect 1 "--reason" add --identity bob --reason "two
lines" $at
expect 2 "Exactly 1 option" add --reason "nobody" $at
expect 1 "neither host:port nor unix:/path" list --redis nowhere
expect 1 "redis at unix:$folder/none" list --redis "unix:$folder/none"
if "$aditctl" direct ban list $at | grep -q "alice\|bob"; then
    echo "who is not banned is listed"
    exit 1
fi
