# Starts as what the Sentinels say: the primary, or a replica of it. They know from the beginning, and keep it on disk.
set -eu
self=$(hostname).redis
until primary=$(sh /scripts/primary.sh); do
    echo "no Sentinel answers yet"
    sleep 1
done
cat /etc/redis/redis.conf /scripts/replication.conf > /run/redis/redis.conf
echo "replica-announce-ip $self" >> /run/redis/redis.conf
if [ "${primary%:*}" != "$self" ]; then
    echo "replicaof ${primary%:*} ${primary##*:}" >> /run/redis/redis.conf
fi
exec redis-server /run/redis/redis.conf
