#!/bin/sh
# What `aditctl direct log` and `aditctl direct shares` say to an operator: ledger_test.sh PATH_OF_ADITCTL
set -u
aditctl=$1
folder=$(mktemp -d) || exit 1
redis-server --port 0 --unixsocket "$folder/redis.sock" --save '' --dir "$folder" \
    >"$folder/redis.log" 2>&1 &
server=$!
trap 'kill $server; wait $server; rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

fail() {
    echo "FAILED: $1"
    sed 's/^/    /' output
    failures=$((failures + 1))
}
# succeeds WHAT IT_SAYS COMMAND...
succeeds() {
    what=$1 says=$2
    shift 2
    if ! "$@" >output 2>&1; then fail "$what"; elif ! grep -q -e "$says" output; then
        fail "$what: it does not say '$says'"
    fi
}
# refuses WHAT IT_SAYS COMMAND...
refuses() {
    what=$1 says=$2
    shift 2
    if "$@" >output 2>&1; then fail "$what was not refused"; elif ! grep -q -e "$says" output; then
        fail "$what: it does not say '$says'"
    fi
}
cli() { redis-cli -s redis.sock "$@" >/dev/null; }

for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    redis-cli -s redis.sock PING >output 2>&1 && grep -q PONG output && break
    sleep 0.25
done
at="--redis unix:$folder/redis.sock"

refuses "a redis without a pool" "holds no pool" "$aditctl" direct log readers $at
cli HSET '{pool}:config' partitions 2
succeeds "nobody reads" "no readers" "$aditctl" direct log readers $at
cli XADD '{p0}:log' '1700000000000-0' r abc d '' b 3
cli SET '{p0}:log:bytes' 3
succeeds "a reader is registered" "registered in 2 partitions" "$aditctl" direct log register exporter $at
succeeds "it is warned of" "acknowledgements stop" "$aditctl" direct log register archive $at
succeeds "an optional one" "registered" "$aditctl" direct log register graphs --optional --from newest $at
refuses "the same again" "registered already" "$aditctl" direct log register exporter $at
refuses "a strange name" "1 to 64" "$aditctl" direct log register 'a b' $at
succeeds "readers are shown" "^exporter required unread=3 oldest=[0-9]*h$" \
    "$aditctl" direct log readers $at
succeeds "optional ones, too" "^graphs optional unread=0 oldest=-$" "$aditctl" direct log readers $at
succeeds "a reader acknowledges" "exporter has acknowledged 1700000000000-0 in partition 0" \
    "$aditctl" direct log ack exporter --partition 0 --id 1700000000000-0 $at
succeeds "what it has read is not unread" "^exporter required unread=0 oldest=-$" \
    "$aditctl" direct log readers $at
refuses "what is not there yet" "the log ends with entry" \
    "$aditctl" direct log ack exporter --partition 0 --id 1800000000000-0 $at
refuses "another partition" "partitions 0 to 1" \
    "$aditctl" direct log ack exporter --partition 2 --id 1-0 $at
refuses "no id" "no id of an entry" "$aditctl" direct log ack exporter --partition 0 --id now $at
cli HDEL '{p1}:readers' archive
succeeds "a half registered reader" "^archive required .* INCOMPLETE: in 1 of 2" \
    "$aditctl" direct log readers $at
succeeds "it is completed" "registered in 2" "$aditctl" direct log register archive $at
succeeds "a reader is unregistered" "unregistered" "$aditctl" direct log unregister archive $at
refuses "twice" "not registered" "$aditctl" direct log unregister archive $at

refuses "printing what is no record" "entry 1700000000000-0: not a record" \
    "$aditctl" direct log print $at
refuses "printing for nobody" "nobody is not registered in partition 0" \
    "$aditctl" direct log print --reader nobody $at
"$aditctl" direct log print --reader exporter $at >output 2>&1 || fail "printing for a reader"
[ -s output ] && fail "the reader had read all"

cli HSET '{p0}:sums' at '1700000000000-0 3' 'i:alice' \
    '2 0 6442450944 0 1700000000000000 0 1 0 0 0 0 0 0 0' 'w:alice.rig1' \
    '2 0 6442450944 0 1700000000000000 0 1 0 0 0 0 0 0 0'
cli HSET '{p1}:sums' at '0-0 0' 'i:alice' '1 1 0 1 1700000001000000 0 0 0 0 0 0 0 0 0' \
    'i:bob' '1 0 1 0 0 0 0 0 0 0 0 0 0 3'
succeeds "shares are summed over partitions" \
    "^alice accepted=3 difficulty=4294967297.500000 rejected=1 stale-share=1 blocks=1 last=2023-11-14T22:13:21Z$" \
    "$aditctl" direct shares $at
succeeds "and the pool's" "^total accepted=4 .* rejected=4 stale-share=1 duplicate-share=3" \
    "$aditctl" direct shares $at
succeeds "workers" "^alice.rig1 accepted=2 difficulty=1.500000" "$aditctl" direct shares --workers $at
succeeds "the top" "and 1 more" "$aditctl" direct shares --top 1 $at
cli HSET '{p0}:ch:0000000001000001' user_identity alice.rig1 shares \
    '2 0 6442450944 0 1700000000000000 0 1 0 0 0 0 0 0 0'
succeeds "channels" "^0000000001000001 alice.rig1 accepted=2" "$aditctl" direct shares --channels $at
cli HSET '{p1}:sums' 'i:bob' nonsense
refuses "damaged sums" "{p1}:sums is damaged" "$aditctl" direct shares $at
refuses "no address" "neither host:port nor unix" "$aditctl" direct shares --redis nonsense
refuses "nobody there" "127.0.0.1:1" "$aditctl" direct shares --redis 127.0.0.1:1
refuses "no verb" "subcommand" "$aditctl" direct log
succeeds "help" "acknowledgements\|waits for" "$aditctl" direct log --help
grep -q "INFO\|level=info" output && fail "it chatters"

[ "$failures" -eq 0 ] && echo "aditctl direct log and shares: all as it should be"
exit "$failures"
