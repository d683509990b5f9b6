# A primary that is asked to stop gives its place to a replica first, and need not be found dead. It takes no writes
# from before the failover until its end: those that came meanwhile would be acknowledged, since the other replica still
# follows it, and be lost with it.
set -eu
self=$(hostname).redis
primary=$(sh /scripts/primary.sh) || exit 0
[ "${primary%:*}" = "$self" ] || exit 0

here() {
    REDISCLI_AUTH=$(cat /run/secrets/adit/redis/password 2>/dev/null || true) redis-cli "$@"
}
# Every replica has all that was written, and there is one.
is_copied() {
    here --raw role | awk 'NR == 2 { all = $1 }
        NR > 2 && (NR - 2) % 3 == 0 { replicas++; if ($1 == all) copies++ }
        END { exit !(replicas && copies == replicas) }'
}
is_begun=
here client pause 30000 write
for _ in $(seq 24); do
    if [ -z "$is_begun" ] && is_copied; then
        # A Sentinel knows within ten seconds that a replica is back.
        for sentinel in sentinel-0.sentinels sentinel-1.sentinels sentinel-2.sentinels; do
            said=$(timeout 2 redis-cli -h "$sentinel" -p 26379 sentinel failover adit) || continue
            if [ "$said" = OK ]; then is_begun=1; break; fi
        done
    fi
    primary=$(sh /scripts/primary.sh) && [ "${primary%:*}" != "$self" ] && exit 0
    sleep 0.5
done
# Nobody takes it: the Sentinels find it dead, then.
[ -n "$is_begun" ] || here client unpause
