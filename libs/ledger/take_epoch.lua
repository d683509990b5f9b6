-- Takes the next epoch of a kind (architecture D11).
-- KEYS 1 {pool}:epochs   ARGV 1 kind   Returns {epoch, microseconds of Redis' clock}, as text.
local now = redis.call('TIME')
local now_us = tonumber(now[1]) * 1000000 + tonumber(now[2])
local stored = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
local epoch = math.max(stored + 1, math.floor(now_us / 4000))
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', epoch))
return {string.format('%.0f', epoch), string.format('%.0f', now_us)}
