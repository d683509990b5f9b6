#include "translator/session_book.h"

#include <utility>

#include "base/bytes.h"
#include "base/hex.h"
#include "base/integer.h"
#include "translator/miner_channel.h"

namespace translator {
namespace {

constexpr std::size_t id_digits = 16;

}  // namespace

std::string to_text(SessionId id) {
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4)
        text.push_back("0123456789abcdef"[(id.value >> shift) & 0xfU]);
    return text;
}

std::optional<SessionId> parse_session_id(std::string_view text) {
    if (text.size() != id_digits) return std::nullopt;
    const auto value = base::parse_integer<std::uint64_t>(text, 16);
    return value ? std::optional{SessionId{*value}} : std::nullopt;
}

SessionBook::SessionBook(std::chrono::milliseconds resume_within) : resume_within_(resume_within) {}

SessionBook::~SessionBook() = default;

void SessionBook::park(SessionId id, std::unique_ptr<MinerChannel> channel, base::SteadyTime now) {
    if (resume_within_.count() <= 0) return;
    while (channels_.size() >= kept_max) drop_first();
    channels_.insert_or_assign(id.value, Parked{std::move(channel), ++parkings_});
    turns_.push_back({now + resume_within_, id, parkings_});
}

std::unique_ptr<MinerChannel> SessionBook::take(SessionId id) {
    const auto parked = channels_.find(id.value);
    if (parked == channels_.end()) return nullptr;
    auto channel = std::move(parked->second.channel);
    channels_.erase(parked);
    return channel;
}

void SessionBook::on_time(base::SteadyTime now) {
    while (!turns_.empty() && turns_.front().at <= now) drop_first();
}

void SessionBook::clear() {
    channels_.clear();
    turns_.clear();
}

void SessionBook::drop_first() {
    const auto turn = turns_.front();
    turns_.pop_front();
    const auto parked = channels_.find(turn.id.value);
    if (parked != channels_.end() && parked->second.parking == turn.parking)
        channels_.erase(parked);
}

}  // namespace translator
