#pragma once

#include <fstream>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "miner/effects.h"
#include "miner/pool_address.h"

namespace miner {

/// Every share and every answer to it, as JSON Lines, for an auditor who compares them with the
/// pool's ledger. A share is written before it is sent, and each line is flushed, so that whatever
/// the pool can have received is here, whenever we die. A share without an answer is unknown.
///
/// Lines have `event` and `time_us`, and `connection` counted from 1. Integers are decimal;
/// `hash` and `target` are hexadecimal as displayed, most significant byte first; `extranonce*`
/// and `header` are hexadecimal as on the wire.
///   connected{protocol}: "sv2" or "sv1"; connection_lost{reason}
/// Of SV2:
///   channel_opened{channel, channel_id, kind, group_channel_id, extranonce_prefix,
///                  extranonce_size, target}, channel_closed{channel_id, reason_code}
///   share{channel, channel_id, sequence_number, job_id, nonce, ntime, version,
///         extranonce_prefix, extranonce, header, hash, target}
///   success{channel_id, last_sequence_number, count, sum}
///   error{channel_id, sequence_number, error_code}
/// Of SV1, where texts are the pool's and the miner's own words:
///   subscribed{session_id, extranonce1, extranonce2_size, is_resumed}: `is_resumed` where both the
///         session and extranonce1 are those of the connection before
///   authorized{worker}
///   extranonce_set{extranonce1, extranonce2_size}: mining.set_extranonce, from the next job on
///   job{job_id, coinbase1, coinbase2, extranonce1}: what its shares' coinbase is made of
///   submit{request_id, worker, job_id, extranonce1, extranonce2, nonce, ntime, version,
///          version_bits, header, hash, difficulty, target}: `request_id` counts up within a
///         connection; `version` is the header's and `version_bits` what was sent, null without
///         version rolling; `difficulty` is what the pool had told for the job, and `target` what a
///         miner takes that for (sv1::target_of)
///   answer{request_id, result, code, text, waited_us}: `result` is true or false; `code` is null
///         and `text` empty where the pool gave no error
class Journal {
  public:
    /// An empty path writes nothing. Appends to a file that exists. Throws std::runtime_error if
    /// the file cannot be written.
    Journal(const std::string& path, const base::Clock& clock);

    void connected(std::uint64_t connection, PoolProtocol protocol);
    void connection_lost(std::uint64_t connection, std::string_view reason);
    void channel_opened(const ChannelOpened& opened);
    void channel_closed(std::uint64_t connection, const ChannelClosed& closed);
    void share(const ShareSubmitted& submitted);
    void accepted(std::uint64_t connection, const SharesAccepted& accepted);
    void rejected(std::uint64_t connection, const ShareRejected& rejected);
    void subscribed(std::uint64_t connection, const Subscribed& subscribed);
    void authorized(std::uint64_t connection, const Authorized& authorized);
    void extranonce_set(std::uint64_t connection, const ExtranonceSet& set);
    void job(std::uint64_t connection, const JobReceived& job);
    void submit(const ShareSent& sent);
    void answer(std::uint64_t connection, const ShareAnswered& answered);

  private:
    template <class Json>
    void write(std::string_view event, std::uint64_t connection, Json&& fields);

    std::string path_;
    const base::Clock& clock_;
    std::ofstream file_{};
};

}  // namespace miner
