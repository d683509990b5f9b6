#include "simulation/translator/sv1_miner_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bitcoin/header.h"
#include "bitcoin/target.h"
#include "simulation/by_chance.h"
#include "sv1/difficulty.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

// Found at once in nearly all cases; else the next time.
constexpr std::uint64_t hashes_at_once = 4'096;
// More waits for its socket than a miner has memory for: it finds nothing meanwhile.
constexpr std::size_t unsent_max = 4'096;
// Each miner is heard of within seconds where all is well.
constexpr double shares_a_second_well = 1.5;
constexpr std::size_t sent_again_of = 16;
// Of those that connect anew: begins a new session.
constexpr double forgets_session = 0.5;
// Firmware that sends this can be told of another extranonce1.
constexpr std::string_view takes_extranonces_call = "mining.extranonce.subscribe";

template <class... Act>
struct Overloaded : Act... {
    using Act::operator()...;
};
template <class... Act>
Overloaded(Act...) -> Overloaded<Act...>;

}  // namespace

Sv1MinerProcess::Sv1MinerProcess(Network& network, Tcp& tcp, std::string name,
                                 const Sv1MinerKind& kind, Host translator)
    : world_(network.world()),
      tcp_(tcp),
      chance_(world_.fork(name)),
      host_(network.host(name)),
      kind_(kind),
      translator_(translator),
      life_(std::make_unique<Life>(world_)),
      journal_(world_, name),
      user_(name + ".a") {
    start();
}

void Sv1MinerProcess::start() {
    if (!std::exchange(is_dead_, false)) return;
    dial();
    find_share_later();
}

void Sv1MinerProcess::dial() {
    life_->after(std::chrono::milliseconds{chance_.between(50, 1'000)}, [this] {
        tcp_.dial(host_, *life_, translator_, [this](std::unique_ptr<TcpEnd> socket) {
            if (!socket) return dial();
            on_connected(std::move(socket));
        });
    });
}

void Sv1MinerProcess::on_connected(std::unique_ptr<TcpEnd> socket) {
    socket_ = std::move(socket);
    connected_at_ = world_.now();
    miner::Sv1ClientConfig config;
    config.host = "translator.example";
    config.worker = user_;
    config.is_rolling_versions = kind_.rolls_versions;
    if (kind_.suggests)
        config.suggested_difficulty =
            sv1::tell_difficulty(*bitcoin::target_for_hash_rate(kind_.hashes, 60),
                                 sv1::Rounding::none)
                .difficulty;
    client_ = std::make_unique<miner::Sv1Client>(std::move(config), session_, ++connection_);
    journal_.connected();
    socket_->on_event([this] { on_event(); });
    carry_out(client_->on_connected(world_.now()));
}

void Sv1MinerProcess::on_event() {
    write();
    if (!socket_ || std::exchange(is_read_due_, true)) return;
    if (kind_.reader == Sv1MinerKind::Reader::never && tip_) return;
    // Never inside the event: reading may end the connection that it is of.
    const auto wait = kind_.reader == Sv1MinerKind::Reader::slow && tip_
                          ? std::chrono::milliseconds{chance_.between(200, 5'000)}
                          : 0ms;
    life_->after(wait, [this] { read(); });
}

void Sv1MinerProcess::read() {
    is_read_due_ = false;
    if (!socket_) return;
    std::array<std::byte, 4'096> buffer;
    while (socket_ && socket_->readable() != 0) {
        base::ByteView unread = base::ByteView{buffer}.first(socket_->read(buffer));
        while (client_) {
            const auto line = reader_.take_line(unread);
            if (!line) return world_.violation("protocol", journal_.name() + ": a line too long");
            if (!*line) break;
            carry_out(client_->on_message(base::as_bytes(**line), world_.now()));
        }
    }
    if (socket_ && socket_->is_at_end()) lose("closed by the translator");
}

void Sv1MinerProcess::behave() {
    kind_.reader = Sv1MinerKind::Reader::prompt;
    kind_.duplicates = kind_.invalid = kind_.leaves = 0;
    kind_.shares_per_second_min = shares_a_second_well;
    is_read_due_ = false;
    start();
    life_->after(0ms, [this] { on_event(); });
}

void Sv1MinerProcess::lose(const char* reason) {
    if (!client_) return;
    world_.trace("{}: connection {} lost, {}", journal_.name(), connection_, reason);
    forget_connection();
    dial();
}

void Sv1MinerProcess::forget_connection() {
    socket_.reset();
    client_.reset();
    reader_ = sv1::LineReader{miner::pool_line_size_max};
    out_.clear();
    is_read_due_ = false;
    tip_.reset();
    cursor_.reset();
    sent_.clear();
}

void Sv1MinerProcess::kill(std::chrono::microseconds pause) {
    life_ = std::make_unique<Life>(world_);
    is_dead_ = true;
    forget_connection();
    session_ = {};
    life_->after(pause, [this] { start(); });
}

void Sv1MinerProcess::carry_out(miner::Effects effects) {
    for (const auto& effect : effects)
        if (client_) carry_out(effect);
    write();
}

void Sv1MinerProcess::carry_out(const miner::Effect& effect) {
    std::visit(
        Overloaded{[&](const miner::Send& send) { say(send.message); },
                   [&](const miner::SetWork& set) { set_work(set.work); },
                   [&](const miner::Subscribed& subscribed) { journal_.subscribed(subscribed); },
                   [&](const miner::JobReceived& job) { journal_.received(job); },
                   [&](const miner::ShareSent& sent) { journal_.sent(sent); },
                   [&](const miner::ShareAnswered& answered) {
                       journal_.answered(answered);
                       if (answered.is_accepted) ++accepted_;
                   },
                   [&](const miner::Warning& warning) {
                       // Its client is sceptical: what it warns of is a mistake of the
                       // translator's.
                       world_.violation("protocol",
                                        fmt::format("{}: {}", journal_.name(), warning.text));
                   },
                   [&](const miner::Disconnect& disconnect) {
                       if (disconnect.is_refusal)
                           world_.violation(
                               "open", fmt::format("{}: {}", journal_.name(), disconnect.reason));
                       lose(disconnect.reason.c_str());
                   },
                   [](const auto&) {}},
        effect);
}

void Sv1MinerProcess::say(base::ByteView line) {
    if (!kind_.takes_extranonces &&
        base::as_string_view(line).find(takes_extranonces_call) != std::string_view::npos)
        return;
    base::append(out_, line);
}

void Sv1MinerProcess::write() {
    if (!socket_ || out_.empty()) return;
    const auto size = socket_->write(out_);
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(size));
}

void Sv1MinerProcess::set_work(const miner::Work& work) {
    if (!tip_) working_since_ = world_.now();
    tip_ = work.prev_hash;
    hashes_ = bitcoin::expected_hashes(work.target);
    cursor_.emplace(std::make_shared<const miner::Work>(work), miner::Stripe{});
}

/// Its hash rate is the same all the time.
double Sv1MinerProcess::shares_a_second() const {
    const auto rate =
        tip_ ? kind_.shares_per_second * kind_.hashes / hashes_ : kind_.shares_per_second;
    return std::max(rate, kind_.shares_per_second_min);
}

void Sv1MinerProcess::find_share_later() {
    by_chance(
        *life_, chance_, shares_a_second(), [this] { find_share_later(); },
        [this] {
            find_share();
            find_share_later();
        });
}

void Sv1MinerProcess::find_share() {
    if (!client_ || !is_mining_ || !cursor_ || out_.size() > unsent_max) return;
    if (chance_.happens(kind_.leaves)) {
        if (chance_.happens(forgets_session)) session_.id.clear();
        return lose("comes again");
    }
    if (!sent_.empty() && chance_.happens(kind_.duplicates)) {
        const auto again = sent_[static_cast<std::size_t>(chance_.below(sent_.size()))];
        return carry_out(client_->on_share_found(again, world_.now()));
    }
    auto found = cursor_->scan(hashes_at_once, world_.now()).found;
    if (!found) return;
    if (chance_.happens(kind_.invalid)) {
        ++found->header.nonce;
        found->hash = bitcoin::header_hash(found->header);
    }
    sent_.push_back(*found);
    if (sent_.size() > sent_again_of) sent_.pop_front();
    carry_out(client_->on_share_found(*found, world_.now()));
}

}  // namespace simulation
