#pragma once

#include <cstdint>
#include <string>

#include "bitcoin/target.h"
#include "mining/ids.h"

/// The names of what Redis holds (architecture §6). Everything in braces goes to one slot.
namespace ledger::keys {

/// "{p7}:", with which every key of a partition begins.
std::string partition_prefix(std::uint32_t partition);

/// Hash: per gateway epoch its last sequence and the stored outcome, or that it was reaped.
std::string gateways(std::uint32_t partition);
/// Stream: one record per batch.
std::string log(std::uint32_t partition);
/// String: the bytes of all records that the log ever had.
std::string log_bytes(std::uint32_t partition);
/// Hash: who reads the log, and how far each has read.
std::string readers(std::uint32_t partition);
/// Hash: what the log adds up to, by name, and up to which entry (share_log/sums.h).
std::string sums(std::uint32_t partition);
/// Hash: per gateway epoch the tips for which it may still send creditable shares.
std::string tips(std::uint32_t partition);
/// Sets: keyed hashes of the shares of a tip that were credited. The number of the bucket follows.
std::string seen(std::uint32_t partition, const bitcoin::BlockHash& tip);
/// Hash: what an operator sees of an open channel.
std::string channel(std::uint32_t partition, mining::ChannelKey key);

/// 16 hexadecimal digits: a channel's key, as its extranonce prefix reads.
std::string channel_name(mining::ChannelKey key);
/// 16 hexadecimal digits: the low half of the low half of a block's hash, in which no leading
/// zeros are.
std::string tip_name(const bitcoin::BlockHash& tip);
/// The field of `gateways` that bars an epoch for ever.
std::string reaped_field(mining::Epoch epoch);
/// The field of `gateways` that bars every epoch up to its value.
inline constexpr const char* reaped_floor = "floor";

/// Hash: who is kept out, and "version", which counts the changes.
inline constexpr const char* bans = "{pool}:bans";
/// Stream: what happened to each solved block (ledger/block_log.h).
inline constexpr const char* blocks = "{pool}:blocks";
inline constexpr const char* pool_config = "{pool}:config";
inline constexpr const char* epochs = "{pool}:epochs";
inline constexpr const char* members = "{pool}:members";
/// Hash with an expiry: who leads the template replicas, and under which epoch.
inline constexpr const char* template_leader = "{pool}:template-leader";

/// Hash: a template, its transactions as places in packs, and the packs' names.
std::string template_record(mining::TemplateRef ref);
/// String: transactions that templates share; packs are numbered within a leader's epoch.
std::string template_pack(mining::Epoch leader, std::uint32_t number);

}  // namespace ledger::keys
