#include "auditor/ledger_reader.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <charconv>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/keys.h"
#include "share_log/follower.h"
#include "share_log/record.h"

namespace auditor {
namespace {

using Context = std::unique_ptr<redisContext, void (*)(redisContext*)>;
using ReplyPointer = std::unique_ptr<redisReply, void (*)(redisReply*)>;

constexpr const char* page_size = "500";
constexpr std::uint32_t page_entries = 500;

ReplyPointer ask(const Context& context, const std::vector<std::string>& words) {
    std::vector<const char*> pointers;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) {
        pointers.push_back(word.data());
        sizes.push_back(word.size());
    }
    auto* raw = static_cast<redisReply*>(redisCommandArgv(
        context.get(), static_cast<int>(words.size()), pointers.data(), sizes.data()));
    if (raw == nullptr) throw std::runtime_error(fmt::format("redis: {}", context->errstr));
    ReplyPointer reply{raw, [](redisReply* of) { freeReplyObject(of); }};
    if (reply->type == REDIS_REPLY_ERROR)
        throw std::runtime_error(fmt::format("redis: {}", std::string_view{raw->str, raw->len}));
    return reply;
}

std::string_view text_of(const redisReply& reply) {
    return reply.str == nullptr ? std::string_view{} : std::string_view{reply.str, reply.len};
}

std::uint32_t read_partitions(const Context& context) {
    const auto reply = ask(context, {"HGET", ledger::keys::pool_config, "partitions"});
    const auto text = text_of(*reply);
    std::uint32_t partitions = 0;
    std::from_chars(text.data(), text.data() + text.size(), partitions);
    if (partitions == 0) throw std::runtime_error("this redis holds no pool");
    return partitions;
}

/// As the follower reads it, so that what is missing is seen.
redis::Reply to_reply(const redisReply& from) {
    if (from.type != REDIS_REPLY_ARRAY) return {std::string{text_of(from)}};
    redis::Reply::Array items;
    items.reserve(from.elements);
    for (std::size_t i = 0; i < from.elements; ++i) items.push_back(to_reply(*from.element[i]));
    return {std::move(items)};
}

class PartitionReader {
  public:
    PartitionReader(const Context& context, std::uint32_t partition, Audit& audit)
        : context_(context), partition_(partition), audit_(audit) {}

    /// False at the end of the log.
    bool read_page() {
        const auto key = ledger::keys::log(partition_);
        const auto raw =
            ask(context_, {"XRANGE", key, "(" + position_.id, "+", "COUNT", page_size});
        const auto page = share_log::to_page(to_reply(*raw), position_, page_entries);
        if (!page) throw std::runtime_error(fmt::format("{}: {}", key, page.error()));
        if (page->gap) say_gap(*page->gap);
        for (const auto& entry : page->entries) {
            const auto record = share_log::decode_record(entry.record, entry.duplicates);
            if (!record)
                throw std::runtime_error(
                    fmt::format("{} {}: not a record that we know", key, entry.position.id));
            audit_.add(*record);
            position_ = entry.position;
            ++records_;
        }
        if (page->unreadable_id)
            throw std::runtime_error(
                fmt::format("{} {}: not a record that we know", key, *page->unreadable_id));
        return !page->entries.empty();
    }
    std::size_t records() const { return records_; }
    const std::optional<std::string>& warning() const { return warning_; }

  private:
    void say_gap(const share_log::Gap& gap) {
        const auto what = gap.is_rollback
                              ? fmt::format("after entry {} it counts anew", position_.id)
                              : fmt::format("{} bytes of records are missing after entry {}",
                                            gap.bytes_missing, position_.id);
        if (position_ != share_log::Position{}) return audit_.add_missing(partition_, what);
        warning_ = fmt::format(
            "the log of partition {} was trimmed: {} bytes of records cannot be "
            "checked",
            partition_, gap.bytes_missing);
    }

    const Context& context_;
    std::uint32_t partition_;
    Audit& audit_;
    share_log::Position position_{};
    std::size_t records_ = 0;
    std::optional<std::string> warning_{};
};

}  // namespace

std::vector<std::string> read_ledger(const redis::Address& address, Audit& audit,
                                     const std::function<void(std::size_t)>& on_progress) {
    const Context context{address.unix_path.empty()
                              ? redisConnect(address.host.c_str(), address.port)
                              : redisConnectUnix(address.unix_path.c_str()),
                          redisFree};
    if (context == nullptr || context->err != 0)
        throw std::runtime_error(fmt::format("redis at {}: {}", redis::to_string(address),
                                             context ? context->errstr : "out of memory"));
    std::vector<std::string> warnings;
    std::size_t records = 0;
    const auto partitions = read_partitions(context);
    for (std::uint32_t partition = 0; partition < partitions; ++partition) {
        PartitionReader reader{context, partition, audit};
        while (reader.read_page()) on_progress(records + reader.records());
        records += reader.records();
        if (reader.warning()) warnings.push_back(*reader.warning());
    }
    return warnings;
}

}  // namespace auditor
