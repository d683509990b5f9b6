-- Keeps templates and the packs that they lean on for another while.
-- KEYS {tpl}:<ref> ...   ARGV 1 milliseconds   2 how many of the keys, from the first, must be there
-- Returns how many of those are not, or lean on a pack that is not.
local missing, is_there = 0, {}
for number, record in ipairs(KEYS) do
    local is_whole = redis.call('PEXPIRE', record, ARGV[1]) == 1
    for pack in string.gmatch(redis.call('HGET', record, 'packs') or '', '%S+') do
        if is_there[pack] == nil then is_there[pack] = redis.call('PEXPIRE', pack, ARGV[1]) == 1 end
        is_whole = is_whole and is_there[pack]
    end
    if number <= tonumber(ARGV[2]) and not is_whole then missing = missing + 1 end
end
return missing
