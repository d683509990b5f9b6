-- KEYS 1 {pool}:bans   ARGV 1 verb (set, remove, list, follow)
-- set: 2 subject  3 value  4 how many there may be; 1 for a new one, 0 for one that was replaced, -1 when full
-- remove: 2 subject; how many there were (0 or 1)
-- list: {field, value, ...}
-- follow: 2 the version that is known; the same, or nil while that is the latest
-- Every change counts up the field "version". A value begins with the second of its end, or 0.
local function changed()
    redis.call('HINCRBY', KEYS[1], 'version', 1)
end
local function drop_expired()
    local now = tonumber(redis.call('TIME')[1])
    local all = redis.call('HGETALL', KEYS[1])
    for i = 1, #all, 2 do
        local ends = tonumber(string.match(all[i + 1], '^(%d+) '))
        if all[i] ~= 'version' and ends and ends > 0 and ends <= now then
            redis.call('HDEL', KEYS[1], all[i])
        end
    end
end
if ARGV[1] == 'set' then
    drop_expired()
    local is_new = redis.call('HEXISTS', KEYS[1], ARGV[2]) == 0
    if is_new and redis.call('HLEN', KEYS[1]) > tonumber(ARGV[4]) then return -1 end
    redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
    changed()
    return is_new and 1 or 0
end
if ARGV[1] == 'remove' then
    local removed = redis.call('HDEL', KEYS[1], ARGV[2])
    if removed == 1 then changed() end
    return removed
end
if ARGV[1] == 'follow' and (redis.call('HGET', KEYS[1], 'version') or '0') == ARGV[2] then
    return false
end
return redis.call('HGETALL', KEYS[1])
