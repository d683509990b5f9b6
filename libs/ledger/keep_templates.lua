-- Keeps templates and the packs that they lean on for another while.
-- KEYS {tpl}:<ref> ...   ARGV 1 milliseconds
-- Returns the places among KEYS, from 1, of those that cannot be built from here: that are not there, have no
-- transactions, or lean on a pack that is not there.
local lost, is_there = {}, {}
for number, record in ipairs(KEYS) do
    local packs = redis.call('HGET', record, 'packs')
    redis.call('PEXPIRE', record, ARGV[1])
    local is_whole = packs
    for pack in string.gmatch(packs or '', '%S+') do
        if is_there[pack] == nil then is_there[pack] = redis.call('PEXPIRE', pack, ARGV[1]) == 1 end
        is_whole = is_whole and is_there[pack]
    end
    if not is_whole then lost[#lost + 1] = number end
end
return lost
