-- Writes a template with its transactions, unless one of the packs that it leans on is not there.
-- KEYS 1 {tpl}:<ref>   2... its packs
-- ARGV 1 milliseconds   2 the template   3 where its transactions lie   4 the packs, as one text
-- Returns 1, or 0 where a pack is lost: nothing is written then.
if #KEYS > 1 and redis.call('EXISTS', unpack(KEYS, 2)) < #KEYS - 1 then return 0 end
redis.call('HSET', KEYS[1], 'template', ARGV[2], 'transactions', ARGV[3], 'packs', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
