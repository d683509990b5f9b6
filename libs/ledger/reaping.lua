-- Takes an epoch that is gone out of a partition, a little at a time; every verb may come again.
-- KEYS 1 {pN}:gw   2 {pN}:tips
-- ARGV 1 prefix "{pN}:"   2 verb, then
--   mark   epoch            bars the epoch; 1 when it was not barred before
--   free   epoch            lets go of one tip that it named, and of the tip's seen shares when
--                           nobody else names it; how many tips are left
--   end    epoch            drops what the epoch's last batch left
--   floor  epoch, epoch...  bars every epoch up to the first one, and drops the marks of the others
-- free and end do nothing for an epoch that is not barred.
local gateways, tips = KEYS[1], KEYS[2]
local prefix, verb, epoch = ARGV[1], ARGV[2], ARGV[3]
local seen_buckets = 1024

local function unlink_seen(tip)
    for first = 0, seen_buckets - 1, 256 do
        local keys = {}
        for bucket = first, first + 255 do
            keys[#keys + 1] = prefix .. 'seen:' .. tip .. ':' .. bucket
        end
        redis.call('UNLINK', unpack(keys))
    end
end

local floor = tonumber(redis.call('HGET', gateways, 'floor') or '0')

if verb == 'mark' then
    if tonumber(epoch) <= floor then
        return 0
    end
    return redis.call('HSET', gateways, epoch .. ':reaped', '1')
end
if verb == 'floor' then
    if tonumber(epoch) > floor then
        redis.call('HSET', gateways, 'floor', epoch)
    end
    for i = 4, #ARGV do
        if tonumber(ARGV[i]) <= tonumber(epoch) then
            redis.call('HDEL', gateways, ARGV[i] .. ':reaped')
        end
    end
    return 0
end
if tonumber(epoch) > floor and redis.call('HEXISTS', gateways, epoch .. ':reaped') == 0 then
    return 0
end
if verb == 'end' then
    return redis.call('HDEL', gateways, epoch .. ':sequence', epoch .. ':outcome',
                      epoch .. ':duplicates', epoch .. ':replays')
end

local own = redis.call('HGET', tips, epoch)
if not own then
    return 0
end
local tip, rest = string.match(own, '^(%x+) ?(.*)$')
if tip then
    local is_named = false
    local all = redis.call('HGETALL', tips)
    for i = 1, #all, 2 do
        if all[i] ~= epoch and string.find(all[i + 1], tip, 1, true) then
            is_named = true
        end
    end
    if not is_named then
        unlink_seen(tip)
    end
end
if not rest or rest == '' then
    redis.call('HDEL', tips, epoch)
    return 0
end
redis.call('HSET', tips, epoch, rest)
local _, left = string.gsub(rest, '%x+', '')
return left
