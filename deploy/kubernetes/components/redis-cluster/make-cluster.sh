# Makes a cluster of the six, once. A second time changes nothing.
set -eu
export REDISCLI_AUTH=$(cat /run/secrets/adit/redis/password)
members=
for member in redis-0.redis redis-1.redis redis-2.redis redis-3.redis redis-4.redis redis-5.redis; do
    until redis-cli -h "$member" ping 2>/dev/null | grep -q PONG; do sleep 1; done
    members="$members $(getent hosts "$member" | cut -d ' ' -f 1):6379"
done
if [ "$(redis-cli -h redis-0.redis cluster info | sed -n 's/cluster_known_nodes:\([0-9]*\).*/\1/p')" -gt 1 ]; then
    echo "is made already"
    exit 0
fi
# shellcheck disable=SC2086
exec redis-cli --cluster create $members --cluster-replicas 1 --cluster-yes
