#!/bin/sh
# aditctl direct vardiff against a real vardiff and Redis. Usage: vardiff_test.sh ADITCTL VARDIFF PORT
set -eu
aditctl=$1 vardiff=$2 port=$3
folder=$(mktemp -d)
redis-server --port 0 --unixsocket "$folder/redis.sock" --save '' --dir "$folder" >/dev/null &
redis=$!
service=
trap 'kill $redis $service 2>/dev/null; wait $redis $service 2>/dev/null || true; rm -rf "$folder"' EXIT
until redis-cli -s "$folder/redis.sock" ping >/dev/null 2>&1; do sleep 0.05; done
cat >"$folder/vardiff.toml" <<END
[policy]
shares_per_minute = 6
[redis]
address = "unix:$folder/redis.sock"
[listen]
grpc = "127.0.0.1:$port"
http = "127.0.0.1:$((port + 1))"
END

# expect STATUS TEXT ARGUMENT...: what it says contains the text.
expect() {
    status=$1 text=$2
    shift 2
    got=0
    said=$("$aditctl" direct vardiff "$@" --vardiff "127.0.0.1:$port" 2>&1) || got=$?
    if [ "$got" != "$status" ]; then
        echo "aditctl direct vardiff $*: status $got, not $status: $said"
        exit 1
    fi
    case $said in
        *"$text"*) ;;
        *)
            echo "aditctl direct vardiff $*: does not say \"$text\": $said"
            exit 1
            ;;
    esac
}
start() {
    "$vardiff" --config "$folder/vardiff.toml" 2>"$folder/vardiff.log" &
    service=$!
    tries=0
    until "$aditctl" direct vardiff policy --vardiff "127.0.0.1:$port" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ]; then
            cat "$folder/vardiff.log"
            exit 1
        fi
        sleep 0.1
    done
}

expect 1 "vardiff at 127.0.0.1:$port" policy
start
expect 0 "common shares_per_minute=6 false_change_every=240m powers_of_two=false" policy
expect 0 "version=1" set --shares-per-minute 12 --easiest-difficulty 0.5
expect 0 "easiest_difficulty=0.5" policy
expect 0 "identity alice shares_per_minute=60" set --identity alice --shares-per-minute 60
expect 1 "shares_per_minute is not within" set --shares-per-minute 5000
expect 1 "bounds are the same for every identity" set --identity alice --easiest-difficulty 2
expect 1 "\"bob\" has no policy of its own" set --identity bob --remove
expect 1 "no such channel" explain 0000a1b2c3000001
expect 1 "is no channel such as" explain alice

# What an operator has set stays, whatever the configuration says.
kill "$service"
wait "$service" || true
start
tries=0
until "$aditctl" direct vardiff policy --vardiff "127.0.0.1:$port" | grep -q "shares_per_minute=12"; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { echo "the policy was forgotten"; exit 1; }
    sleep 0.1
done
expect 0 "version=3" set --identity alice --remove
echo "aditctl direct vardiff: ok"
