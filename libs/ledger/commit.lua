-- Commits one batch (architecture D5): all of it or nothing, once however often it comes.
--
-- KEYS  1 {pN}:gw    2 {pN}:log    3 {pN}:tips; further keys share their hash tag and are built
--                                               here from the prefix
-- ARGV  1 prefix "{pN}:"   2 epoch   3 sequence   4 log record   5 outcome   6 shares in the batch
--       7 milliseconds that the log is kept, 0 for ever; then three lists, each after its length:
--       live tips:        tip
--       credited shares:  place in the batch from 1, "tip:bucket", member
--       channel changes:  verb (open, change, close), channel, number of fields, field, value, ...
--
-- Returns {"OK", duplicates, gap} {"REPLAY", outcome, duplicates} {"REAPED"} {"OLD", last}.
-- `duplicates` has a byte for each share: 1 where it had been credited before.
--
-- The first write is one that maxmemory forbids, so a full Redis refuses the whole batch: once a
-- script has written, Redis lets it finish.

local seen_buckets = 1024

local gateways, log, tips = KEYS[1], KEYS[2], KEYS[3]
local prefix, epoch, sequence = ARGV[1], ARGV[2], tonumber(ARGV[3])
local record, outcome = ARGV[4], ARGV[5]
local shares, keep_ms = tonumber(ARGV[6]), tonumber(ARGV[7])
local at = 8

local function next_arg()
    at = at + 1
    return ARGV[at - 1]
end

local function unlink_seen(tip)
    for first = 0, seen_buckets - 1, 256 do
        local keys = {}
        for bucket = first, first + 255 do
            keys[#keys + 1] = prefix .. 'seen:' .. tip .. ':' .. bucket
        end
        redis.call('UNLINK', unpack(keys))
    end
end

local state = redis.call('HMGET', gateways, epoch .. ':reaped', epoch .. ':sequence')
if state[1] then
    return {'REAPED'}
end
local last = tonumber(state[2] or '0')
if sequence < last then
    return {'OLD', tostring(last)}
end
if sequence == last then
    -- Written so that a WAIT behind this call counts the replicas that have the batch.
    redis.call('HINCRBY', gateways, epoch .. ':replays', 1)
    local stored = redis.call('HMGET', gateways, epoch .. ':outcome', epoch .. ':duplicates')
    return {'REPLAY', stored[1], stored[2]}
end
redis.call('HSET', gateways, epoch .. ':sequence', ARGV[3], epoch .. ':outcome', outcome)

local live = {}
for i = 1, tonumber(next_arg()) do
    live[i] = next_arg()
end

local flags = nil
for _ = 1, tonumber(next_arg()) do
    local place, bucket, member = next_arg(), next_arg(), next_arg()
    if redis.call('SADD', prefix .. 'seen:' .. bucket, member) == 0 then
        if not flags then
            flags = {}
            for i = 1, shares do
                flags[i] = '\0'
            end
        end
        flags[tonumber(place)] = '\1'
    end
end
local duplicates = flags and table.concat(flags) or string.rep('\0', shares)

for _ = 1, tonumber(next_arg()) do
    local verb, channel = next_arg(), prefix .. 'ch:' .. next_arg()
    local fields = {}
    for i = 1, 2 * tonumber(next_arg()) do
        fields[i] = next_arg()
    end
    if verb == 'close' then
        redis.call('UNLINK', channel)
    elseif verb == 'open' or redis.call('EXISTS', channel) == 1 then
        redis.call('HSET', channel, unpack(fields))
    end
end

redis.call('HSET', gateways, epoch .. ':duplicates', duplicates)
if keep_ms > 0 then
    local now = redis.call('TIME')
    local oldest = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000) - keep_ms
    redis.call('XADD', log, 'MINID', '~', string.format('%.0f', oldest), '*',
               'r', record, 'd', duplicates)
else
    redis.call('XADD', log, '*', 'r', record, 'd', duplicates)
end

-- A tip that this gateway named until now and that nobody names any more is over.
local now_live = table.concat(live, ' ')
local before = redis.call('HGET', tips, epoch) or ''
if now_live ~= before then
    redis.call('HSET', tips, epoch, now_live)
    local named = table.concat(redis.call('HVALS', tips), ' ')
    for tip in string.gmatch(before, '%x+') do
        if not string.find(named, tip, 1, true) then
            unlink_seen(tip)
        end
    end
end

return {'OK', duplicates, sequence > last + 1 and 1 or 0}
