#include <fmt/format.h>

#include <iterator>

#include "base/hex.h"
#include "bitcoin/header.h"
#include "loadgen/journal.h"
#include "sv1/json_text.h"

/// What a Journal says of SV2; the rest of it is in journal.cpp.
namespace loadgen {

void Journal::channel_opened(const miner::Channel::Opened& channel) {
    if (file_ < 0) return;
    begin("channel_opened", channel.connection);
    fmt::format_to(std::back_inserter(lines_),
                   R"(,"channel":{},"channel_id":{},"kind":"{}","group_channel_id":{},)"
                   R"("extranonce_prefix":"{}","extranonce_size":{},"target":"{}"}})"
                   "\n",
                   channel.index, channel.id.value,
                   channel.kind == miner::ChannelKind::standard ? "standard" : "extended",
                   channel.group.value, base::to_hex(channel.extranonce_prefix),
                   channel.extranonce_size, channel.target.value.to_be_hex());
}

void Journal::channel_closed(std::uint64_t connection, const miner::ChannelClosed& closed) {
    if (file_ < 0) return;
    begin("channel_closed", connection);
    fmt::format_to(std::back_inserter(lines_), R"(,"channel_id":{},"reason_code":)",
                   closed.channel_id.value);
    sv1::append_json_string(closed.reason_code, lines_);
    lines_ += "}\n";
}

void Journal::share(const miner::ShareSubmitted& submitted) {
    if (file_ < 0) return;
    const auto& share = submitted.share;
    begin("share", share.connection);
    fmt::format_to(std::back_inserter(lines_),
                   R"(,"channel_id":{},"sequence_number":{},"job_id":{},"nonce":{},)"
                   R"("extranonce":"{}","header":"{}","hash":"{}","target":"{}"}})"
                   "\n",
                   submitted.channel_id.value, submitted.sequence_number, share.job_id.value,
                   share.header.nonce, base::to_hex(share.extranonce),
                   base::to_hex(bitcoin::encode_header(share.header)), share.hash.value.to_be_hex(),
                   share.target.value.to_be_hex());
}

void Journal::accepted(std::uint64_t connection, const sv2::SubmitSharesSuccess& answer) {
    if (file_ < 0) return;
    begin("success", connection);
    fmt::format_to(std::back_inserter(lines_),
                   R"(,"channel_id":{},"last_sequence_number":{},"count":{},"sum":{}}})"
                   "\n",
                   answer.channel_id.value, answer.last_sequence_number,
                   answer.new_submits_accepted_count, answer.new_shares_sum);
}

void Journal::rejected(std::uint64_t connection, const miner::ShareRejected& rejected) {
    if (file_ < 0) return;
    begin("error", connection);
    fmt::format_to(std::back_inserter(lines_),
                   R"(,"channel_id":{},"sequence_number":{},"error_code":)",
                   rejected.channel_id.value, rejected.sequence_number);
    sv1::append_json_string(rejected.error_code, lines_);
    lines_ += "}\n";
}

}  // namespace loadgen
