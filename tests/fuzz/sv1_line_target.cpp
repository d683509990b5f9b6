#include <cmath>
#include <string>

#include "fuzz/target.h"
#include "sv1/difficulty.h"
#include "sv1/line_reader.h"
#include "sv1/notifications.h"
#include "sv1/parser.h"
#include "sv1/requests.h"
#include "sv1/responses.h"
#include "sv1/text.h"

// One byte says in which pieces the rest arrives: zero whole, otherwise so many bytes at a time.
// Each line is read as a miner's and as a pool's. What is understood is written, and what was
// written is understood alike: writing that again gives the same line.

namespace {

constexpr std::size_t line_size_max = 4096;

/// Understands what we have written; a character may have become six.
base::Result<sv1::Message, sv1::ParseError> read_again(std::string_view line) {
    static sv1::Parser parser{8 * line_size_max};
    return parser.parse(line);
}

template <class C>
concept Notification = requires(const C& call, std::string& out) { sv1::append_call(call, out); };

std::string written(const sv1::Id& id, const sv1::Call& call) {
    std::string line;
    std::visit(
        [&]<class C>(const C& one) {
            if constexpr (Notification<C>)
                sv1::append_call(one, line);
            else
                sv1::append_call(id, one, line);
        },
        call);
    fuzz::check(line.find('\n') == line.size() - 1, "what is written is one line");
    line.pop_back();
    return line;
}

void check_difficulty(double difficulty) {
    fuzz::check(std::isfinite(difficulty) && difficulty > 0, "a difficulty is above zero");
    const auto target = sv1::target_of(difficulty);
    for (const auto rounding :
         {sv1::Rounding::none, sv1::Rounding::whole, sv1::Rounding::power_of_two}) {
        const auto told = sv1::tell_difficulty(target, rounding);
        fuzz::check(told.target >= target, "a miner is never asked for more than its target");
    }
}

void check_values(const sv1::Call& call) {
    if (const auto* suggested = std::get_if<sv1::SuggestDifficulty>(&call))
        check_difficulty(suggested->difficulty);
    if (const auto* submit = std::get_if<sv1::Submit>(&call)) {
        fuzz::check(submit->worker.size() <= sv1::text_size_max, "texts are bounded");
        if (const auto job_id = sv1::parse_job_id(submit->job_id)) {
            std::string text;
            sv1::append_decimal(*job_id, text);
            fuzz::check(text == submit->job_id, "a job id has one text");
        }
    }
    if (const auto* configure = std::get_if<sv1::Configure>(&call)) {
        std::string answer;
        const auto mask = sv1::granted_mask(*configure, 0x1fffffe0);
        sv1::append_configured({}, *configure, {mask, true, true}, answer);
        answer.pop_back();
        fuzz::check(read_again(answer).has_value(), "the answer is understood");
    }
}

void read_line(sv1::Parser& parser, std::string_view line) {
    // On the heap, with nothing behind it.
    const auto copy = base::to_bytes(line);
    const auto message = parser.parse(base::as_string_view(copy));
    if (!message) {
        fuzz::check(!sv1::error_code(message.error()).empty(), "errors are named");
        return;
    }
    const auto* request = std::get_if<sv1::Request>(&*message);
    if (request == nullptr) return;
    if (!request->call) {
        fuzz::check(!sv1::error_text(request->call.error()).empty(), "errors are named");
        std::string answer;
        sv1::append_error(request->id, sv1::ErrorCode::other,
                          sv1::error_text(request->call.error()), answer);
        answer.pop_back();
        fuzz::check(read_again(answer).has_value(), "the answer is understood");
        return;
    }
    check_values(*request->call);
    const auto id = request->id;
    const auto once = written(id, *request->call);
    const auto again = read_again(once);
    fuzz::check(again.has_value(), "what is written is understood");
    const auto& repeated = std::get<sv1::Request>(*again);
    fuzz::check(repeated.call.has_value(), "what is written is the same method");
    fuzz::check(written(repeated.id, *repeated.call) == once, "and says the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script{fuzz::view(data, size)};
    const std::size_t piece_size = script.byte();
    static sv1::Parser parser{line_size_max};
    sv1::LineReader reader{line_size_max};
    while (!script.is_empty()) {
        const auto piece =
            base::to_bytes(piece_size == 0 ? script.rest() : script.take(piece_size));
        base::ByteView unread{piece};
        for (;;) {
            const auto line = reader.take_line(unread);
            fuzz::check(reader.capacity() <= 2 * line_size_max + 2, "a reader is bounded");
            if (!line) return 0;
            if (!*line) break;
            fuzz::check(!(*line)->empty() && (*line)->size() <= line_size_max,
                        "a line is within its bound");
            read_line(parser, **line);
        }
        fuzz::check(unread.empty(), "a reader takes all there is");
    }
    return 0;
}
