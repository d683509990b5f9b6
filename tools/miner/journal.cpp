#include "miner/journal.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/hex.h"

namespace miner {
namespace {

using Json = nlohmann::ordered_json;

std::string_view kind_name(ChannelKind kind) {
    return kind == ChannelKind::standard ? "standard" : "extended";
}

}  // namespace

Journal::Journal(const std::string& path, const base::Clock& clock) : path_(path), clock_(clock) {
    if (path.empty()) return;
    file_.open(path, std::ios::app);
    if (!file_) throw std::runtime_error("cannot write the journal " + path);
}

template <class Fields>
void Journal::write(std::string_view event, std::uint64_t connection, Fields&& fields) {
    if (path_.empty()) return;
    Json line{{"event", event},
              {"time_us", clock_.unix_now().time_since_epoch().count()},
              {"connection", connection}};
    line.update(fields);
    file_ << line.dump(-1, ' ', true, Json::error_handler_t::replace) << '\n' << std::flush;
    if (!file_) throw std::runtime_error("cannot write the journal " + path_);
}

void Journal::connected(std::uint64_t connection, PoolProtocol protocol) {
    write("connected", connection, Json{{"protocol", is_sv1(protocol) ? "sv1" : "sv2"}});
}

void Journal::connection_lost(std::uint64_t connection, std::string_view reason) {
    write("connection_lost", connection, Json{{"reason", reason}});
}

void Journal::channel_opened(const ChannelOpened& opened) {
    const auto& channel = opened.channel;
    write("channel_opened", channel.connection,
          Json{{"channel", channel.index},
               {"channel_id", channel.id.value},
               {"kind", kind_name(channel.kind)},
               {"group_channel_id", channel.group.value},
               {"extranonce_prefix", base::to_hex(channel.extranonce_prefix)},
               {"extranonce_size", channel.extranonce_size},
               {"target", channel.target.value.to_be_hex()}});
}

void Journal::channel_closed(std::uint64_t connection, const ChannelClosed& closed) {
    write("channel_closed", connection,
          Json{{"channel", closed.channel},
               {"channel_id", closed.channel_id.value},
               {"reason_code", closed.reason_code}});
}

void Journal::share(const ShareSubmitted& submitted) {
    const auto& share = submitted.share;
    write("share", share.connection,
          Json{{"channel", share.channel},
               {"channel_id", submitted.channel_id.value},
               {"sequence_number", submitted.sequence_number},
               {"job_id", share.job_id.value},
               {"nonce", share.header.nonce},
               {"ntime", share.header.ntime},
               {"version", share.header.version},
               {"extranonce_prefix", base::to_hex(share.extranonce_prefix)},
               {"extranonce", base::to_hex(share.extranonce)},
               {"header", base::to_hex(bitcoin::encode_header(share.header))},
               {"hash", share.hash.value.to_be_hex()},
               {"target", share.target.value.to_be_hex()}});
}

void Journal::accepted(std::uint64_t connection, const SharesAccepted& accepted) {
    write("success", connection,
          Json{{"channel_id", accepted.answer.channel_id.value},
               {"last_sequence_number", accepted.answer.last_sequence_number},
               {"count", accepted.answer.new_submits_accepted_count},
               {"sum", accepted.answer.new_shares_sum}});
}

void Journal::rejected(std::uint64_t connection, const ShareRejected& rejected) {
    write("error", connection,
          Json{{"channel_id", rejected.channel_id.value},
               {"sequence_number", rejected.sequence_number},
               {"error_code", rejected.error_code}});
}

void Journal::subscribed(std::uint64_t connection, const Subscribed& subscribed) {
    write("subscribed", connection,
          Json{{"session_id", subscribed.session_id},
               {"extranonce1", base::to_hex(subscribed.extranonce.extranonce1)},
               {"extranonce2_size", subscribed.extranonce.extranonce2_size},
               {"is_resumed", subscribed.is_resumed}});
}

void Journal::authorized(std::uint64_t connection, const Authorized& authorized) {
    write("authorized", connection, Json{{"worker", authorized.worker}});
}

void Journal::extranonce_set(std::uint64_t connection, const ExtranonceSet& set) {
    write("extranonce_set", connection,
          Json{{"extranonce1", base::to_hex(set.extranonce.extranonce1)},
               {"extranonce2_size", set.extranonce.extranonce2_size}});
}

void Journal::job(std::uint64_t connection, const JobReceived& job) {
    write("job", connection,
          Json{{"job_id", job.job_id},
               {"coinbase1", base::to_hex(job.coinbase->prefix)},
               {"coinbase2", base::to_hex(job.coinbase->suffix)},
               {"extranonce1", base::to_hex(job.extranonce1)}});
}

void Journal::submit(const ShareSent& sent) {
    const auto& share = sent.share;
    write("submit", share.connection,
          Json{{"request_id", sent.request_id},
               {"worker", sent.worker},
               {"job_id", sent.job_id},
               {"extranonce1", base::to_hex(sent.extranonce1)},
               {"extranonce2", base::to_hex(sent.extranonce2)},
               {"nonce", share.header.nonce},
               {"ntime", share.header.ntime},
               {"version", share.header.version},
               {"version_bits", sent.version_bits ? Json(*sent.version_bits) : Json(nullptr)},
               {"header", base::to_hex(bitcoin::encode_header(share.header))},
               {"hash", share.hash.value.to_be_hex()},
               {"difficulty", sent.difficulty},
               {"target", share.target.value.to_be_hex()}});
}

void Journal::answer(std::uint64_t connection, const ShareAnswered& answered) {
    const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(answered.waited);
    write("answer", connection,
          Json{{"request_id", answered.request_id},
               {"result", answered.is_accepted},
               {"code", answered.code ? Json(*answered.code) : Json(nullptr)},
               {"text", answered.text},
               {"waited_us", waited.count()}});
}

}  // namespace miner
