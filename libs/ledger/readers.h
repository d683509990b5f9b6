#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "redis/client.h"

namespace ledger {

/// Whether the log waits for a reader: what is required is not trimmed before that reader has
/// acknowledged it, and acknowledgements to miners stop when the log is full of it.
enum class ReaderKind { required, optional };

/// Where a new reader starts: with the oldest record that is kept, or behind the newest.
enum class ReaderStart { oldest, newest };

/// One reader of one partition's log.
struct LogReader {
    std::string name{};
    ReaderKind kind{};
    /// The last entry that it has dealt with; "0-0" for none.
    std::string acknowledged{};
    std::uint64_t bytes_unread = 0;
    /// The id of the oldest record that it has not read; empty when it has read all.
    std::string oldest_unread{};
};

/// A partition's log and all who read it.
struct LogReaders {
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
    /// Empty when the log is.
    std::string first_id{};
    /// "0-0" when the log is empty.
    std::string last_id{};
    std::vector<LogReader> readers{};
};

enum class ReaderError {
    exists,
    unknown,
    /// Sixteen are registered: every commit looks at each of them.
    too_many,
    /// The log has no such entry yet.
    ahead,
    unavailable,
};
struct ReaderFailure {
    ReaderError kind = ReaderError::unavailable;
    /// For the operator.
    std::string text{};
};

/// 1 to 64 of letters, digits, '-', '_' and '.'.
bool is_reader_name(std::string_view name);
/// "milliseconds-sequence", as Redis names the entries of a stream.
bool is_entry_id(std::string_view id);
/// When the entry was written, in milliseconds since 1970 of Redis' clock. 0 if it is no id.
std::int64_t entry_time_ms(std::string_view id);

using ReaderDone = std::function<void(base::Result<std::string, ReaderFailure>)>;

/// Adds a reader to a partition; the result is the id that it starts after.
/// Errors: `exists`, `too_many`, `unavailable`.
void register_reader(redis::Client& client, std::uint32_t partition, const std::string& name,
                     ReaderKind kind, ReaderStart start, ReaderDone done);

/// The reader has dealt with all up to this entry. An older id changes nothing.
/// Errors: `unknown`, `ahead`, `unavailable`.
void acknowledge(redis::Client& client, std::uint32_t partition, const std::string& name,
                 const std::string& id, ReaderDone done);

/// Nothing waits for this reader any more. Errors: `unknown`, `unavailable`.
void unregister_reader(redis::Client& client, std::uint32_t partition, const std::string& name,
                       ReaderDone done);

/// Errors: `unavailable`.
void list_readers(redis::Client& client, std::uint32_t partition,
                  std::function<void(base::Result<LogReaders, ReaderFailure>)> done);

}  // namespace ledger
