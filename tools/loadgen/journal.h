#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "loadgen/sv1_job.h"

namespace loadgen {

/// Every share of every miner and what it was answered, as JSON Lines for adit-auditor: of the SV1
/// events of tools/miner/journal.h those that it needs, of many connections in one file, and
///   job{job_id, coinbase1, coinbase2, extranonce1}
/// before the first share for it. Lines are gathered; flush() comes before anything of them is
/// sent, so that whatever the pool can have received is here.
class Journal {
  public:
    /// An empty path writes nothing. Throws std::runtime_error if the file cannot be written.
    Journal(const std::string& path, const base::Clock& clock);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Returns the connection's number, counted from 1.
    std::uint64_t connected();
    void lost(std::uint64_t connection, std::string_view reason);
    /// Before the first share of it on that connection.
    void job(std::uint64_t connection, const Sv1Job& job);
    void share(std::uint64_t connection, std::uint64_t id, const Sv1Job& job,
               const FoundShare& share);
    void answer(std::uint64_t connection, std::uint64_t id, bool is_accepted,
                std::optional<std::int64_t> code, std::string_view text);
    void flush();

  private:
    std::int64_t now_us() const { return clock_.unix_now().time_since_epoch().count(); }

    const base::Clock& clock_;
    std::string path_;
    int file_ = -1;
    std::string lines_{};
    std::uint64_t connections_ = 0;
};

}  // namespace loadgen
