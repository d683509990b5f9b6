#include "ledger/keys.h"

#include <fmt/format.h>

#include <span>

#include "base/hex.h"

namespace ledger::keys {

std::string partition_prefix(std::uint32_t partition) {
    return "{p" + std::to_string(partition) + "}:";
}
std::string gateways(std::uint32_t partition) {
    return partition_prefix(partition) + "gw";
}
std::string log(std::uint32_t partition) {
    return partition_prefix(partition) + "log";
}
std::string log_bytes(std::uint32_t partition) {
    return partition_prefix(partition) + "log:bytes";
}
std::string readers(std::uint32_t partition) {
    return partition_prefix(partition) + "readers";
}
std::string sums(std::uint32_t partition) {
    return partition_prefix(partition) + "sums";
}
std::string tips(std::uint32_t partition) {
    return partition_prefix(partition) + "tips";
}
std::string seen(std::uint32_t partition, const bitcoin::BlockHash& tip) {
    return partition_prefix(partition) + "seen:" + tip_name(tip) + ":";
}
std::string channel(std::uint32_t partition, mining::ChannelKey key) {
    return partition_prefix(partition) + "ch:" + channel_name(key);
}
std::string channel_name(mining::ChannelKey key) {
    return fmt::format("{:016x}", key.value);
}
std::string tip_name(const bitcoin::BlockHash& tip) {
    return base::to_hex(base::as_bytes(std::span{tip.value.bytes}.first<8>()));
}
std::string reaped_field(mining::Epoch epoch) {
    return std::to_string(epoch.value) + ":reaped";
}
std::string template_record(mining::TemplateRef ref) {
    return fmt::format("{{tpl}}:{:016x}", ref.value);
}
std::string template_pack(mining::Epoch leader, std::uint32_t number) {
    return fmt::format("{{tpl}}:pack:{:010x}:{}", leader.value, number);
}

}  // namespace ledger::keys
