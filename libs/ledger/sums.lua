-- The sums that follow from a partition's log, kept with the place up to which they do.
-- KEYS 1 {pN}:sums     ARGV 1 prefix "{pN}:"   2 verb
--   read     3 number of names, names..., channels...
--            {place or "", number of fields, value or nil for each name and each channel}
--   advance  3 the place that the sums must stand at   4 the new one   5 number of names,
--            name, value, ..., channel, value, ...
--            {"OK"}; {"MOVED"} and nothing written when they stand elsewhere: somebody else was
--            here, or we were and did not hear of it
-- A channel's own sums lie in its hash and go with it; those of a channel that is gone are let go.
-- They stand in pieces, shares, shares_2 and so on, because a value of more than 64 bytes would make
-- the hash several times larger.
local piece_size = 64
local sums, prefix, verb = KEYS[1], ARGV[1], ARGV[2]
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
    local names = tonumber(ARGV[3])
    local answer = {place, redis.call('HLEN', sums)}
    for i = 4, 3 + names do
        answer[#answer + 1] = redis.call('HGET', sums, ARGV[i])
    end
    for i = 4 + names, #ARGV do
        answer[#answer + 1] = read_pieces(prefix .. 'ch:' .. ARGV[i])
    end
    return answer
end

if place ~= ARGV[3] then
    return {'MOVED'}
end
redis.call('HSET', sums, place_field, ARGV[4])
local names = tonumber(ARGV[5])
for i = 6, 5 + 2 * names, 2 do
    redis.call('HSET', sums, ARGV[i], ARGV[i + 1])
end
for i = 6 + 2 * names, #ARGV, 2 do
    local channel = prefix .. 'ch:' .. ARGV[i]
    if redis.call('EXISTS', channel) == 1 then
        write_pieces(channel, ARGV[i + 1])
    end
end
return {'OK'}
