#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "sv1/parser.h"

/// For tests: one line, understood or not.
namespace sv1::testing {

/// The request that a line is. What it borrows lasts until the parser's next line.
inline Request request(Parser& parser, std::string_view line) {
    auto message = parser.parse(line);
    EXPECT_TRUE(message && std::holds_alternative<Request>(*message)) << line;
    if (!message || !std::holds_alternative<Request>(*message)) return {};
    return std::get<Request>(*message);
}

/// The parameters of a request, as those of this method.
template <class C>
C call(Parser& parser, std::string_view line) {
    const auto understood = request(parser, line);
    if (understood.call && std::holds_alternative<C>(*understood.call))
        return std::get<C>(*understood.call);
    ADD_FAILURE() << line
                  << (understood.call ? std::string_view{" is another method"}
                                      : error_text(understood.call.error()));
    return {};
}

/// Why the parameters of a request are not understood; nothing when they are.
inline std::optional<CallError> call_error(Parser& parser, std::string_view line) {
    const auto understood = request(parser, line);
    return understood.call ? std::nullopt : std::optional{understood.call.error()};
}

inline Response response(Parser& parser, std::string_view line) {
    auto message = parser.parse(line);
    EXPECT_TRUE(message && std::holds_alternative<Response>(*message)) << line;
    if (!message || !std::holds_alternative<Response>(*message)) return {};
    return std::get<Response>(*message);
}

}  // namespace sv1::testing
