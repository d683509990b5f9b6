-- Who reads the share log of a partition, and how far each has read.
-- KEYS 1 {pN}:readers   2 {pN}:log   3 {pN}:log:bytes
-- ARGV 1 verb, 2 name, then
--   register  kind (required, optional), position (start, now)
--               {"OK", value} {"EXISTS", value} {"TOO MANY"}
--   ack       id          {"OK"} {"UNKNOWN"} {"AHEAD", last id}; an older id changes nothing
--   unregister            {"OK"} {"UNKNOWN"}
--   list                  {bytes held, records held, first id, last id,
--                          name, value, bytes unread, id of the oldest unread record or "", ...}
local readers, log, log_bytes = KEYS[1], KEYS[2], KEYS[3]
local verb, name = ARGV[1], ARGV[2]
local readers_max = 16

local function parse(id)
    local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
    return tonumber(ms), tonumber(seq)
end

local function is_less(a, b)
    local a_ms, a_seq = parse(a)
    local b_ms, b_seq = parse(b)
    return a_ms < b_ms or (a_ms == b_ms and a_seq < b_seq)
end

local function last_id()
    local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
    return last and last[1] or '0-0'
end

-- The bytes of all records before this entry.
local function bytes_before(entry)
    local fields = entry[2]
    return tonumber(fields[6] or '0') - #fields[2] - #fields[4]
end

local value = redis.call('HGET', readers, name or '')
if verb == 'register' then
    if value then
        return {'EXISTS', value}
    end
    if redis.call('HLEN', readers) >= readers_max then
        return {'TOO MANY'}
    end
    value = ARGV[3] .. ' ' .. (ARGV[4] == 'now' and last_id() or '0-0')
    redis.call('HSET', readers, name, value)
    return {'OK', value}
end
if verb == 'unregister' then
    return {redis.call('HDEL', readers, name) == 1 and 'OK' or 'UNKNOWN'}
end
if verb == 'ack' then
    if not value then
        return {'UNKNOWN'}
    end
    local last = last_id()
    if is_less(last, ARGV[3]) then
        return {'AHEAD', last}
    end
    local kind, acknowledged = string.match(value, '^(%a+) (.*)$')
    if is_less(acknowledged, ARGV[3]) then
        redis.call('HSET', readers, name, kind .. ' ' .. ARGV[3])
    end
    return {'OK'}
end

local total = tonumber(redis.call('GET', log_bytes) or '0')
local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
local answer = {first and string.format('%.0f', total - bytes_before(first)) or '0',
                tostring(redis.call('XLEN', log)), first and first[1] or '', last_id()}
local all = redis.call('HGETALL', readers)
for i = 1, #all, 2 do
    local id = string.match(all[i + 1], ' (.*)$')
    local unread = redis.call('XRANGE', log, '(' .. id, '+', 'COUNT', 1)[1]
    answer[#answer + 1] = all[i]
    answer[#answer + 1] = all[i + 1]
    answer[#answer + 1] = unread and string.format('%.0f', total - bytes_before(unread)) or '0'
    answer[#answer + 1] = unread and unread[1] or ''
end
return answer
