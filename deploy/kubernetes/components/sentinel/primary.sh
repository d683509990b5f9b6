# Says who is primary, as host:port; fails while no Sentinel answers.
for sentinel in sentinel-0.sentinels sentinel-1.sentinels sentinel-2.sentinels; do
    address=$(timeout 2 redis-cli -h "$sentinel" -p 26379 --raw \
        sentinel get-master-addr-by-name adit 2>/dev/null) || continue
    # shellcheck disable=SC2086
    set -- $address
    if [ $# -eq 2 ]; then
        echo "$1:$2"
        exit 0
    fi
done
exit 1
