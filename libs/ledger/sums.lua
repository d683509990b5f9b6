-- The sums that follow from a partition's log, kept with the place up to which they do.
-- KEYS 1 {pN}:sums, channels...     ARGV 1 verb
--   read     names...
--            {place or "", number of fields, value or nil for each name and each channel}
--   advance  2 the place that the sums must stand at   3 the new one   4 number of names,
--            name, value, ..., the value of each channel
--            {"OK"}; {"MOVED"} and nothing written when they stand elsewhere: somebody else was
--            here, or we were and did not hear of it
-- A channel's own sums lie in its hash and go with it; those of a channel that is gone are let go.
-- They stand in pieces, shares, shares_2 and so on, because a value of more than 64 bytes would make
-- the hash several times larger.
local piece_size = 64
local sums, verb = KEYS[1], ARGV[1]
local place_field = 'at'
local place = redis.call('HGET', sums, place_field) or ''

local function piece_name(number)
    return number == 1 and 'shares' or 'shares_' .. number
end

local function read_pieces(channel)
    local whole = redis.call('HGET', channel, 'shares')
    local number = 1
    while whole and #whole == number * piece_size do
        number = number + 1
        whole = whole .. (redis.call('HGET', channel, piece_name(number)) or '')
    end
    return whole
end

local function write_pieces(channel, whole)
    local fields = {}
    for first = 1, #whole, piece_size do
        fields[#fields + 1] = piece_name((first - 1) / piece_size + 1)
        fields[#fields + 1] = string.sub(whole, first, first + piece_size - 1)
    end
    redis.call('HSET', channel, unpack(fields))
    -- The lower half of a sum is short again after a carry.
    redis.call('HDEL', channel, piece_name(#fields / 2 + 1))
end

if verb == 'read' then
    local answer = {place, redis.call('HLEN', sums)}
    for i = 2, #ARGV do
        answer[#answer + 1] = redis.call('HGET', sums, ARGV[i])
    end
    for i = 2, #KEYS do
        answer[#answer + 1] = read_pieces(KEYS[i])
    end
    return answer
end

if place ~= ARGV[2] then
    return {'MOVED'}
end
redis.call('HSET', sums, place_field, ARGV[3])
local names = tonumber(ARGV[4])
for i = 5, 4 + 2 * names, 2 do
    redis.call('HSET', sums, ARGV[i], ARGV[i + 1])
end
for i = 2, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 then
        write_pieces(KEYS[i], ARGV[3 + 2 * names + i])
    end
end
return {'OK'}
