#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace sv1 {

/// The longest line of a miner that is read, without its end. Real ones stay below 1 KiB; the
/// longest legal one is a `mining.configure` with every extension there is.
inline constexpr std::size_t line_size_max_default = 16 * 1024;

/// A peer sent more than the bound without ending the line: close the connection.
struct LineTooLong {
    std::size_t line_size_max{};
};

/// Cuts a stream of bytes into lines that end with LF or CR LF; empty lines are passed over.
///
/// A line that arrives whole is borrowed from the receive buffer. One that arrives in pieces is
/// gathered here, in at most the bound and one byte; a connection that is between two lines holds
/// next to nothing. Owned by one connection, used on its loop.
class LineReader {
  public:
    explicit LineReader(std::size_t line_size_max = line_size_max_default)
        : line_size_max_(line_size_max) {}

    /// Takes the next line off the front of `unread`, without its end; valid until the next call
    /// and as long as the receive buffer. Nothing when no line is complete: then all of `unread`
    /// has been taken and is kept here.
    /// Errors: a longer line than the bound, as soon as that is certain, and ever after.
    base::Result<std::optional<std::string_view>, LineTooLong> take_line(base::ByteView& unread);

    /// Half a line has arrived: its other half has a deadline.
    bool has_partial_line() const { return !gathered_.empty() && !handed_out_; }

    /// Bytes held for this connection.
    std::size_t capacity() const { return gathered_.capacity(); }

  private:
    base::Result<std::optional<std::string_view>, LineTooLong> too_long();
    void forget();

    std::size_t line_size_max_{};
    std::string gathered_;
    bool handed_out_{};  // gathered_ is the line that the last call returned
    bool broken_{};
};

}  // namespace sv1
