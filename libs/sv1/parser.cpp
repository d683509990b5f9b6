#include "sv1/parser.h"

#include <simdjson.h>

#include <cstring>
#include <vector>

#include "base/ensure.h"
#include "sv1/parse_calls.h"
#include "sv1/parse_result.h"
#include "sv1/parse_values.h"

namespace sv1 {
namespace {

/// The deepest legal line is the answer to `mining.subscribe`: a list of pairs in a list in the
/// message. Extensions may put objects there.
constexpr std::size_t depth_max = 8;
constexpr std::size_t method_size_max = 64;

ParseError reason(simdjson::error_code error) {
    if (error == simdjson::UTF8_ERROR) return ParseError::not_utf8;
    if (error == simdjson::DEPTH_ERROR) return ParseError::too_deep;
    return ParseError::not_json;
}

}  // namespace

struct Parser::State {
    explicit State(std::size_t size_max)
        : line_size_max(size_max), line(size_max + simdjson::SIMDJSON_PADDING), storage(size_max) {
        base::ensure(json.allocate(size_max, depth_max) == simdjson::SUCCESS,
                     "memory for the longest line");
        base::ensure(json.doc.allocate(size_max) == simdjson::SUCCESS,
                     "memory for the longest line");
    }

    std::size_t line_size_max{};
    std::vector<char> line;  // with as many bytes behind it as simdjson may read past the end
    simdjson::dom::parser json;
    Storage storage;
};

Parser::Parser(std::size_t line_size_max) : state_(std::make_unique<State>(line_size_max)) {}

Parser::~Parser() = default;

base::Result<Message, ParseError> Parser::parse(std::string_view line) {
    auto& state = *state_;
    if (line.size() > state.line_size_max) return base::unexpected(ParseError::too_long);
    std::copy(line.begin(), line.end(), state.line.begin());
    state.storage.bytes_used = 0;

    simdjson::dom::element document;
    constexpr bool has_padding = true;
    const auto error = state.json.parse(state.line.data(), line.size(), !has_padding).get(document);
    if (error != simdjson::SUCCESS) return base::unexpected(reason(error));
    simdjson::dom::object members;
    if (document.get_object().get(members) != simdjson::SUCCESS)
        return base::unexpected(ParseError::not_a_message);

    const auto id = id_of(members.at_key("id"));
    if (!id) return base::unexpected(ParseError::bad_id);
    simdjson::dom::element named;
    if (members.at_key("method").get(named) == simdjson::SUCCESS && !named.is_null()) {
        Request request{.id = *id};
        if (named.get_string().get(request.method) != simdjson::SUCCESS ||
            request.method.size() > method_size_max)
            return base::unexpected(ParseError::bad_method);
        request.call = parse_call(request.method, members.at_key("params"), state.storage);
        return request;
    }
    const auto result = members.at_key("result");
    const auto refusal = members.at_key("error");
    if (result.error() != simdjson::SUCCESS && refusal.error() != simdjson::SUCCESS)
        return base::unexpected(ParseError::not_a_message);
    return Response{*id, parse_result(result), parse_error(refusal)};
}

}  // namespace sv1
