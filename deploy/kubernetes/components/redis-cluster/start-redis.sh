# A pod that comes back has another address, and all of them have when all were away. So each tells the others where it
# is, once it serves; who knows it by its id takes the new address.
set -eu
export REDISCLI_AUTH=$(cat /run/secrets/adit/redis/password)
cat /etc/redis/redis.conf /scripts/cluster.conf > /run/redis/redis.conf
echo "cluster-announce-ip $POD_IP" >> /run/redis/redis.conf
meet() {
    until redis-cli ping 2>/dev/null | grep -q PONG; do sleep 1; done
    # Nobody to meet before the cluster is made.
    [ "$(redis-cli cluster info | sed -n 's/cluster_known_nodes:\([0-9]*\).*/\1/p')" -gt 1 ] || return 0
    for member in redis-0.redis redis-1.redis redis-2.redis redis-3.redis redis-4.redis redis-5.redis; do
        redis-cli -h "$member" cluster meet "$POD_IP" 6379 || true
    done
}
meet &
exec redis-server /run/redis/redis.conf
