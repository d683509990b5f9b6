#include "devnode/chain_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "base/hex.h"

namespace devnode {
namespace {

using Kind = ChainEvent::Kind;

struct Name {
    Kind kind;
    std::string_view text;
};
constexpr std::array names{Name{Kind::start, "start"}, Name{Kind::block, "block"},
                           Name{Kind::others_block, "others-block"},
                           Name{Kind::transaction, "transaction"},
                           Name{Kind::take_back, "take-back"}};

std::optional<ChainEvent> decode_event(const std::string& line) {
    std::istringstream words{line};
    std::string name;
    std::string more;
    std::int64_t at = 0;
    if (!(words >> name >> at)) return std::nullopt;
    words >> more;
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.text == name; });
    if (found == names.end()) return std::nullopt;
    ChainEvent event{.kind = found->kind, .at = base::UnixMicros{std::chrono::microseconds{at}}};
    if (event.kind == Kind::block) {
        auto bytes = base::from_hex(more);
        if (!bytes || bytes->empty()) return std::nullopt;
        event.block = std::move(*bytes);
    } else if (event.kind == Kind::take_back) {
        const auto hash = bitcoin::Uint256::from_be_hex(more);
        if (!hash) return std::nullopt;
        event.hash.value = *hash;
    }
    return event;
}

}  // namespace

std::string encode_event(const ChainEvent& event) {
    const auto name = std::find_if(names.begin(), names.end(),
                                   [&](const auto& one) { return one.kind == event.kind; });
    auto line = fmt::format("{} {}", name->text, event.at.time_since_epoch().count());
    if (event.kind == Kind::block) line += " " + base::to_hex(event.block);
    if (event.kind == Kind::take_back) line += " " + event.hash.value.to_be_hex();
    return line;
}

ChainFile::ChainFile(const std::string& path) : path_(path) {
    if (path.empty()) return;
    std::uintmax_t whole = 0;
    std::ifstream before{path};
    for (std::string line; std::getline(before, line) && !before.eof();) {
        auto event = decode_event(line);
        if (!event)
            throw std::runtime_error(fmt::format("{}: line {} is no event of a chain: \"{:.40}\"",
                                                 path, events_.size() + 1, line));
        events_.push_back(std::move(*event));
        whole += line.size() + 1;
    }
    // What was cut off would be the beginning of the next line.
    if (std::filesystem::exists(path)) std::filesystem::resize_file(path, whole);
    file_.open(path, std::ios::app);
    if (!file_) throw std::runtime_error("cannot write the chain to " + path);
}

void ChainFile::append(const ChainEvent& event) {
    if (path_.empty()) return;
    file_ << encode_event(event) << '\n' << std::flush;
    if (!file_) throw std::runtime_error("cannot write the chain to " + path_);
}

}  // namespace devnode
