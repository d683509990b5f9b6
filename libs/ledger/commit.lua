-- Commits one batch (architecture D5): all of it or nothing, once however often it comes.
--
-- KEYS  1 {pN}:gw    2 {pN}:log    3 {pN}:tips    4 {pN}:readers    5 {pN}:log:bytes
--       then of each credited share its set, and of each channel change the channel. They are named
--       because a cluster looks at those that are: while their slot moves to another node, it runs
--       the script where all of them are, or not at all, and never half of it.
-- ARGV  1 prefix "{pN}:"   2 epoch   3 sequence   4 log record   5 outcome   6 shares in the batch
--       7 milliseconds that the log is kept where no reader is required, 0 for ever
--       8 milliseconds that it is kept behind required readers   9 bytes that it may hold
--       then three lists, each after its length:
--       live tips:        tip
--       credited shares:  before the members which of the batch they are: a byte for each of its
--                         shares, 1 for those, or nothing where it is the first so many
--       channel changes:  verb (open, change, close), number of fields, field, value, ...
--
-- Returns {"OK", duplicates, gap, bytes held, slowest required reader or ""}
--         {"REPLAY", outcome, duplicates} {"REAPED"} {"OLD", last}
--         {"BEHIND", bytes held, slowest required reader}: the log is full of what it has not read.
-- `duplicates` has a byte for each share: 1 where it had been credited before.
--
-- The first write is one that maxmemory forbids, so a full Redis refuses the whole batch: once a
-- script has written, Redis lets it finish.

local seen_buckets = 1024
-- What is trimmed at once, so that a reader who catches up does not stop Redis.
local trimmed_at_once = 10000

local gateways, log, tips, readers, log_bytes = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local prefix, epoch, sequence = ARGV[1], ARGV[2], tonumber(ARGV[3])
local record, outcome = ARGV[4], ARGV[5]
local shares, keep_ms = tonumber(ARGV[6]), tonumber(ARGV[7])
local keep_read_ms, bytes_max = tonumber(ARGV[8]), tonumber(ARGV[9])
local at, key_at = 10, 6

local function next_arg()
    at = at + 1
    return ARGV[at - 1]
end

local function next_key()
    key_at = key_at + 1
    return KEYS[key_at - 1]
end

-- False while the sets are on their way to another node: these are not named.
local function unlink_seen(tip)
    for first = 0, seen_buckets - 1, 256 do
        local keys = {}
        for bucket = first, first + 255 do
            keys[#keys + 1] = prefix .. 'seen:' .. tip .. ':' .. bucket
        end
        local answer = redis.pcall('UNLINK', unpack(keys))
        if type(answer) == 'table' and answer.err then return false end
    end
    return true
end

-- The required reader that has read least: its name and what it has acknowledged; nothing where
-- none is required.
local function slowest_reader()
    local name, id, least_ms, least_seq = nil, nil, nil, nil
    local all = redis.call('HGETALL', readers)
    for i = 1, #all, 2 do
        local ms, seq = string.match(all[i + 1], '^required (%d+)%-(%d+)$')
        if ms then
            ms, seq = tonumber(ms), tonumber(seq)
            if not name or ms < least_ms or (ms == least_ms and seq < least_seq) then
                name, least_ms, least_seq = all[i], ms, seq
                id = string.match(all[i + 1], ' (.*)$')
            end
        end
    end
    return name, id, least_ms
end

-- The bytes of all records that the log holds.
local function bytes_held(total)
    local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
    if not first then
        return 0
    end
    local fields = first[2]
    return total - tonumber(fields[6] or total) + #fields[2] + #fields[4]
end

local state = redis.call('HMGET', gateways, epoch .. ':reaped', epoch .. ':sequence', 'floor')
if state[1] or tonumber(epoch) <= tonumber(state[3] or '0') then
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

local reader, read_id, read_ms = slowest_reader()
local total = tonumber(redis.call('GET', log_bytes) or '0')
local held = bytes_held(total)
local size = #record + shares
if reader and held + size > bytes_max then
    -- What all have read may go early; the next attempt finds the room.
    redis.call('XTRIM', log, 'MINID', '~', read_id, 'LIMIT', trimmed_at_once)
    return {'BEHIND', string.format('%.0f', held), reader}
end

redis.call('HSET', gateways, epoch .. ':sequence', ARGV[3], epoch .. ':outcome', outcome)

local live = {}
for i = 1, tonumber(next_arg()) do
    live[i] = next_arg()
end

local flags = nil
local credited, places, place = tonumber(next_arg()), next_arg(), 0
local are_first = places == ''
local call = redis.call
for i = 0, credited - 1 do
    repeat
        place = place + 1
    until are_first or string.byte(places, place) ~= 0
    if call('SADD', KEYS[key_at + i], ARGV[at + i]) == 0 then
        if not flags then
            flags = {}
            for share = 1, shares do
                flags[share] = '\0'
            end
        end
        flags[place] = '\1'
    end
end
key_at, at = key_at + credited, at + credited
local duplicates = flags and table.concat(flags) or string.rep('\0', shares)

for _ = 1, tonumber(next_arg()) do
    local verb, channel = next_arg(), next_key()
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

total = redis.call('INCRBY', log_bytes, size)
local entry = {'r', record, 'd', duplicates, 'b', string.format('%.0f', total)}
local clock = redis.call('TIME')
local now_ms = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
if reader then
    local oldest = now_ms - keep_read_ms
    local min_id = read_ms < oldest and read_id or string.format('%.0f', oldest)
    redis.call('XADD', log, 'MINID', '~', min_id, '*', unpack(entry))
elseif held + size > bytes_max then
    -- Nobody must have read it: the oldest goes before its time.
    local kept = math.floor(redis.call('XLEN', log) * bytes_max / (held + size))
    redis.call('XADD', log, 'MAXLEN', '~', kept, '*', unpack(entry))
elseif keep_ms > 0 then
    redis.call('XADD', log, 'MINID', '~', string.format('%.0f', now_ms - keep_ms), '*',
               unpack(entry))
else
    redis.call('XADD', log, '*', unpack(entry))
end

-- A tip that this gateway named until now and that nobody names any more is over.
local now_live = table.concat(live, ' ')
local before = redis.call('HGET', tips, epoch) or ''
if now_live ~= before then
    redis.call('HSET', tips, epoch, now_live)
    local named = table.concat(redis.call('HVALS', tips), ' ')
    for tip in string.gmatch(before, '%x+') do
        if not string.find(named, tip, 1, true) and not unlink_seen(tip) then
            -- It stays named, so that the next batch tries again.
            now_live = now_live .. ' ' .. tip
            redis.call('HSET', tips, epoch, now_live)
        end
    end
end

return {'OK', duplicates, sequence > last + 1 and 1 or 0, string.format('%.0f', held + size),
        reader or ''}
