#include "auditor/ledger_reader.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <charconv>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "ledger/keys.h"
#include "share_log/record.h"

namespace auditor {
namespace {

using Context = std::unique_ptr<redisContext, void (*)(redisContext*)>;
using ReplyPointer = std::unique_ptr<redisReply, void (*)(redisReply*)>;

constexpr const char* page_size = "500";

ReplyPointer ask(const Context& context, std::initializer_list<std::string_view> words) {
    std::vector<const char*> pointers;
    std::vector<std::size_t> sizes;
    for (const auto word : words) {
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

std::string_view field(const redisReply& fields, std::string_view name) {
    for (std::size_t i = 0; i + 1 < fields.elements; i += 2)
        if (text_of(*fields.element[i]) == name) return text_of(*fields.element[i + 1]);
    return {};
}

void add(LedgerContents& contents, const share_log::Record& record) {
    for (std::size_t i = 0; i < record.batch.shares.size(); ++i) {
        const auto& share = record.batch.shares[i];
        const auto& verdict = record.result.verdicts[i];
        const auto channel = record.batch.jobs[share.job].record.channel;
        contents.shares.push_back(
            {ledger::keys::channel_name(channel), share.submitted.sequence_number,
             share.submitted.nonce,
             record.hashes[i] ? record.hashes[i]->value.to_be_hex() : std::string{},
             !verdict.error.has_value(), verdict.difficulty.q32});
    }
    for (const auto& open : record.result.opens)
        if (open.error_code.empty())
            contents.opened.push_back(ledger::keys::channel_name(open.key));
}

void read_partition(const Context& context, std::uint32_t partition, LedgerContents& contents) {
    const auto key = ledger::keys::log(partition);
    std::string from = "-";
    for (;;) {
        const auto page = ask(context, {"XRANGE", key, from, "+", "COUNT", page_size});
        if (page->elements == 0) return;
        for (std::size_t i = 0; i < page->elements; ++i) {
            const auto& entry = *page->element[i];
            const auto id = text_of(*entry.element[0]);
            const auto& fields = *entry.element[1];
            const auto record = share_log::decode_record(field(fields, "r"), field(fields, "d"));
            if (!record)
                throw std::runtime_error(fmt::format("{} {}: not a record that we know", key, id));
            add(contents, *record);
            from = fmt::format("({}", id);
        }
    }
}

}  // namespace

LedgerContents read_ledger(const redis::Address& address) {
    const Context context{address.unix_path.empty()
                              ? redisConnect(address.host.c_str(), address.port)
                              : redisConnectUnix(address.unix_path.c_str()),
                          redisFree};
    if (context == nullptr || context->err != 0)
        throw std::runtime_error(fmt::format("redis at {}: {}", redis::to_string(address),
                                             context ? context->errstr : "out of memory"));
    LedgerContents contents;
    const auto partitions = read_partitions(context);
    for (std::uint32_t partition = 0; partition < partitions; ++partition)
        read_partition(context, partition, contents);
    return contents;
}

}  // namespace auditor
