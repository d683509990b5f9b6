# A primary that is asked to stop gives its place to a replica first, and need not be found dead.
set -eu
self=$(hostname).redis
primary=$(sh /scripts/primary.sh) || exit 0
[ "${primary%:*}" = "$self" ] || exit 0
redis-cli -h sentinel-0.sentinels -p 26379 sentinel failover adit ||
    redis-cli -h sentinel-1.sentinels -p 26379 sentinel failover adit || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do
    primary=$(sh /scripts/primary.sh) && [ "${primary%:*}" != "$self" ] && exit 0
    sleep 1
done
