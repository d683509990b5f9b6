#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "sv1/line_reader.h"
#include "sv1/message.h"

namespace sv1 {

/// Understands lines, one at a time. All memory that it ever needs is allocated when it is made,
/// about thirty times the longest line; a loop has one for all of its connections.
class Parser {
  public:
    explicit Parser(std::size_t line_size_max = line_size_max_default);
    ~Parser();
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    /// The line is copied; what the message borrows lasts until the next call. The order of the
    /// members does not matter, members that are not known are passed over, and of two with one
    /// name the first counts.
    /// Errors: each enumerator of ParseError. A request that is one, but whose method or
    /// parameters are not understood, is not an error here: it can be answered, see Request::call.
    base::Result<Message, ParseError> parse(std::string_view line);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sv1
