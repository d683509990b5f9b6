#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "loadgen/sv1_job.h"
#include "miner/effects.h"
#include "miner/pool_address.h"

namespace loadgen {

/// Every share of every miner and what it was answered, as JSON Lines for adit-auditor: of the
/// events of tools/miner/journal.h those that it needs, of many connections in one file; of SV1
///   job{job_id, coinbase1, coinbase2, extranonce1}
/// comes before the first share for it. Lines are gathered; flush() comes before anything of them
/// is sent, so that whatever the pool can have received is here.
class Journal {
  public:
    /// An empty path writes nothing. Throws std::runtime_error if the file cannot be written.
    Journal(const std::string& path, const base::Clock& clock);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    bool is_writing() const { return file_ >= 0; }

    /// Returns the connection's number, counted from 1.
    std::uint64_t connected(miner::PoolProtocol protocol);
    void lost(std::uint64_t connection, std::string_view reason);

    // Of SV1. A job comes before the first share of it on that connection.
    void job(std::uint64_t connection, const Sv1Job& job);
    void share(std::uint64_t connection, std::uint64_t id, const Sv1Job& job,
               const FoundShare& share);
    void answer(std::uint64_t connection, std::uint64_t id, bool is_accepted,
                std::optional<std::int64_t> code, std::string_view text);

    // Of SV2.
    void channel_opened(const miner::Channel::Opened& channel);
    void channel_closed(std::uint64_t connection, const miner::ChannelClosed& closed);
    void share(const miner::ShareSubmitted& submitted);
    void accepted(std::uint64_t connection, const sv2::SubmitSharesSuccess& answer);
    void rejected(std::uint64_t connection, const miner::ShareRejected& rejected);

    void flush();

  private:
    void begin(std::string_view event, std::uint64_t connection);
    std::int64_t now_us() const { return clock_.unix_now().time_since_epoch().count(); }

    const base::Clock& clock_;
    std::string path_;
    int file_ = -1;
    std::string lines_{};
    std::uint64_t connections_ = 0;
};

}  // namespace loadgen
