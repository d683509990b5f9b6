#pragma once

#include <fstream>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "miner/effects.h"

namespace miner {

/// Every share and every answer to it, as JSON Lines, for an auditor who compares them with the
/// pool's ledger. A share is written before it is sent, and each line is flushed, so that whatever
/// the pool can have received is here, whenever we die. A share without an answer is unknown.
///
/// Lines have `event` and `time_us`, and `connection` counted from 1. Integers are decimal;
/// `hash` and `target` are hexadecimal as displayed, most significant byte first; `extranonce*`
/// and `header` are hexadecimal as on the wire.
///   connected, connection_lost{reason}
///   channel_opened{channel, channel_id, kind, group_channel_id, extranonce_prefix,
///                  extranonce_size, target}, channel_closed{channel_id, reason_code}
///   share{channel, channel_id, sequence_number, job_id, nonce, ntime, version,
///         extranonce_prefix, extranonce, header, hash, target}
///   success{channel_id, last_sequence_number, count, sum}
///   error{channel_id, sequence_number, error_code}
class Journal {
  public:
    /// An empty path writes nothing. Appends to a file that exists. Throws std::runtime_error if
    /// the file cannot be written.
    Journal(const std::string& path, const base::Clock& clock);

    void connected(std::uint64_t connection);
    void connection_lost(std::uint64_t connection, std::string_view reason);
    void channel_opened(const ChannelOpened& opened);
    void channel_closed(std::uint64_t connection, const ChannelClosed& closed);
    void share(const ShareSubmitted& submitted);
    void accepted(std::uint64_t connection, const SharesAccepted& accepted);
    void rejected(std::uint64_t connection, const ShareRejected& rejected);

  private:
    template <class Json>
    void write(std::string_view event, std::uint64_t connection, Json&& fields);

    std::string path_;
    const base::Clock& clock_;
    std::ofstream file_{};
};

}  // namespace miner
