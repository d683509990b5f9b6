-- The lease of the leader among the template replicas, and its epoch (architecture D11, D12).
-- KEYS 1 {pool}:template-leader   2 {pool}:epochs
-- ARGV 1 verb (take, confirm, renew, release)   2 owner   3 epoch   4 milliseconds of the lease
-- take: `epoch` is the newest that the caller has heard of; the new one is larger.
-- Returns {verdict, epoch, owner, milliseconds left, microseconds of Redis' clock}, as text.
local verb, owner, epoch = ARGV[1], ARGV[2], tonumber(ARGV[3])
local clock = redis.call('TIME')
local now_us = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local holder = redis.call('HMGET', KEYS[1], 'owner', 'epoch')
local named = redis.call('HMGET', KEYS[2], 'template', 'template_owner')
local newest = tonumber(named[1] or '0')

local function answer(verdict, its_epoch, its_owner)
    local left = math.max(0, redis.call('PTTL', KEYS[1]))
    return {verdict, string.format('%.0f', its_epoch), its_owner, string.format('%.0f', left),
            string.format('%.0f', now_us)}
end
local function hold(its_epoch)
    if newest < its_epoch then
        redis.call('HSET', KEYS[2], 'template', string.format('%.0f', its_epoch),
                   'template_owner', owner)
    end
    if holder[1] ~= owner or tonumber(holder[2]) ~= its_epoch then
        redis.call('HSET', KEYS[1], 'owner', owner, 'epoch', string.format('%.0f', its_epoch))
    end
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
end

if verb == 'release' then
    if holder[1] == owner and tonumber(holder[2]) == epoch then redis.call('DEL', KEYS[1]) end
    return answer('released', epoch, owner)
end
if verb == 'confirm' or verb == 'renew' then
    -- An epoch that was never used may have been named again by a Redis that forgot it: it is its
    -- owner's only if it is here. One that was used is, also where its lease ran out unnoticed, or
    -- where this Redis has forgotten it.
    local is_here = newest == epoch and named[2] == owner
    if not is_here and (verb == 'confirm' or newest >= epoch) then
        return answer('fenced', newest, named[2] or '')
    end
    hold(epoch)
    return answer('held', epoch, owner)
end
if holder[1] and holder[1] ~= owner then
    return answer('taken by another', tonumber(holder[2]), holder[1])
end
local next_epoch = math.max(newest + 1, epoch + 1, math.floor(now_us / 4000))
hold(next_epoch)
return answer('taken', next_epoch, owner)
