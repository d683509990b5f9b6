-- What the whole pool must agree on: whoever comes first decides.
-- KEYS 1 {pool}:config   ARGV 1 partitions   2 duplicate key in hexadecimal
if redis.call('HSETNX', KEYS[1], 'partitions', ARGV[1]) == 1 then
    redis.call('HSET', KEYS[1], 'duplicate_key', ARGV[2])
else
    -- Written so that a WAIT behind this call counts the replicas that have the first answer.
    redis.call('HINCRBY', KEYS[1], 'reads', 1)
end
return redis.call('HMGET', KEYS[1], 'partitions', 'duplicate_key')
