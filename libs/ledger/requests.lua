-- What operators ask for, done once, and the log of it.
-- KEYS 1 {pool}:requests:<id>  2 {pool}:audit   ARGV 1 verb (claim, finish)
-- claim: 2 digest of the request  3 who carries it out  4 milliseconds after which somebody else may
--        5 seconds that the request is kept  6 how many entries the log has at most
--        7... fields and values of its entry
--   {'CLAIMED', entry}: it is to be done, and in the log; {'DONE', outcome, message, response}: it was;
--   {'BUSY'}: somebody is at it; {'OTHER'}: another request had this id
-- finish: 2 entry  3 outcome  4 message  5 response  6 'keep' or 'forget'
--         7 seconds that the request is kept  8 how many entries the log has at most
--   The log gets the outcome in any case. 'forget': the same request may be made again.
if ARGV[1] == 'claim' then
    local now = redis.call('TIME')
    local now_ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
    local known = redis.call('HMGET', KEYS[1], 'digest', 'owner', 'since', 'outcome', 'message',
                             'response')
    if known[1] then
        if known[1] ~= ARGV[2] then return {'OTHER'} end
        if known[4] then return {'DONE', known[4], known[5], known[6]} end
        if known[2] ~= ARGV[3] and now_ms - tonumber(known[3]) < tonumber(ARGV[4]) then
            return {'BUSY'}
        end
    end
    local entry = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', unpack(ARGV, 7))
    redis.call('HSET', KEYS[1], 'digest', ARGV[2], 'owner', ARGV[3], 'since', now_ms, 'entry', entry)
    redis.call('EXPIRE', KEYS[1], ARGV[5])
    return {'CLAIMED', entry}
end
if redis.call('HGET', KEYS[1], 'entry') == ARGV[2] then
    if ARGV[6] == 'keep' then
        redis.call('HSET', KEYS[1], 'outcome', ARGV[3], 'message', ARGV[4], 'response', ARGV[5])
        redis.call('EXPIRE', KEYS[1], ARGV[7])
    else
        redis.call('DEL', KEYS[1])
    end
end
return redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[8], '*', 'of', ARGV[2], 'outcome', ARGV[3],
                  'message', ARGV[4])
