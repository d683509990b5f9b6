# A Sentinel writes what it learns into its configuration, which is on its volume. The password may be another one.
set -eu
file=/data/sentinel.conf
if [ ! -e "$file" ]; then
    cat > "$file.new" <<TEXT
port 26379
dir /data
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $(hostname).sentinels
sentinel announce-port 26379
sentinel monitor adit redis-0.redis 6379 2
sentinel down-after-milliseconds adit 1500
sentinel failover-timeout adit 1000
sentinel parallel-syncs adit 2
TEXT
    mv "$file.new" "$file"
fi
{
    grep -v '^sentinel auth-pass ' "$file"
    echo "sentinel auth-pass adit $(cat /run/secrets/adit/redis/password)"
} > "$file.new"
mv "$file.new" "$file"
exec redis-server "$file" --sentinel
