-- KEYS 1 {pool}:members   ARGV 1 verb (beat, leave, list)   2 member   3 milliseconds remembered
-- list returns {member, milliseconds since its last beat, ...}, the latest first.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
if ARGV[1] == 'leave' then
    return redis.call('ZREM', KEYS[1], ARGV[2])
end
if ARGV[1] == 'beat' then
    redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[2])
    return redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf',
                      string.format('(%.0f', now - tonumber(ARGV[3])))
end
local members = redis.call('ZREVRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 2, #members, 2 do
    members[i] = string.format('%.0f', math.max(0, now - tonumber(members[i])))
end
return members
