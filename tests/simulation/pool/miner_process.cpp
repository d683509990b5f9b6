#include "simulation/pool/miner_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/hex.h"
#include "bitcoin/header.h"
#include "bitcoin/target.h"
#include "simulation/by_chance.h"
#include "simulation/pool/scale.h"
#include "sv2/codec.h"
#include "sv2/frame.h"
#include "sv2/mining_messages.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

// Found at once in nearly all cases; else the next time.
constexpr std::uint64_t hashes_at_once = 4'096;
// More waits for its socket than a miner has memory for: it finds nothing meanwhile.
constexpr std::size_t unsent_max = 4'096;
// Each miner is heard of within seconds where all is well.
constexpr double shares_a_second_well = 1.5;
// Of its shares' places: in so many it asks for another target first.
constexpr double asks = 0.05;

// When a miner that said what is no frame closes the connection, if the pool has not.
constexpr auto gives_up_after = 3s;

// Gives a target of so many hashes, at six shares a minute.
float nominal_hps(double hashes) {
    return static_cast<float>(hashes / 10);
}

template <class... Act>
struct Overloaded : Act... {
    using Act::operator()...;
};
template <class... Act>
Overloaded(Act...) -> Overloaded<Act...>;

}  // namespace

double some_hashes(Chance& chance) {
    return scale::hashes_a_share_min *
           std::pow(scale::hashes_a_share_max / scale::hashes_a_share_min, chance.fraction());
}

MinerProcess::MinerProcess(Network& network, Tcp& tcp, std::string name, const MinerKind& kind,
                           std::vector<Host> gateways)
    : network_(network),
      world_(network.world()),
      tcp_(tcp),
      chance_(world_.fork(name)),
      host_(network.host(name)),
      kind_(kind),
      gateways_(std::move(gateways)),
      life_(std::make_unique<Life>(world_)),
      journal_(std::move(name)) {
    start();
}

void MinerProcess::dial() {
    life_->after(std::chrono::milliseconds{chance_.between(50, 1'000)}, [this] {
        at_gateway_ = static_cast<std::size_t>(chance_.below(gateways_.size()));
        tcp_.dial(host_, *life_, gateways_[at_gateway_], [this](std::unique_ptr<TcpEnd> socket) {
            if (!socket) return dial();
            on_connected(std::move(socket));
        });
    });
}

void MinerProcess::on_connected(std::unique_ptr<TcpEnd> socket) {
    socket_ = std::move(socket);
    connected_at_ = world_.now();
    miner::Sv2ClientConfig config;
    config.host = "pool.example";
    config.port = 3333;
    config.users = {journal_.name() + ".a", journal_.name() + ".b"};
    config.nominal_hash_rate_hps = nominal_hps(kind_.hashes);
    config.standard_channels = kind_.standard;
    config.extended_channels = kind_.extended;
    config.min_extranonce_size = 4;
    config.requires_standard_jobs = kind_.requires_standard_jobs;
    client_ = std::make_unique<miner::Sv2Client>(std::move(config), ++connection_);
    socket_->on_event([this] { on_event(); });
    carry_out(client_->on_connected(world_.now()));
}

void MinerProcess::on_event() {
    write();
    if (!socket_ || std::exchange(is_read_due_, true)) return;
    const bool has_begun = channels_.size() == kind_.standard + kind_.extended;
    if (kind_.reader == MinerKind::Reader::never && has_begun) return;
    // Never inside the event: reading may end the connection that it is of.
    const auto wait = kind_.reader == MinerKind::Reader::slow && has_begun
                          ? std::chrono::milliseconds{chance_.between(200, 5'000)}
                          : 0ms;
    life_->after(wait, [this] { read(); });
}

void MinerProcess::behave() {
    kind_.reader = MinerKind::Reader::prompt;
    kind_.duplicates = kind_.stale = kind_.invalid = 0;
    kind_.shares_per_second_min = shares_a_second_well;
    is_read_due_ = false;
    start();
    // The pool may still wait for the rest of what it said.
    if (std::exchange(kind_.nonsense, 0) != 0) lose("begins anew");
    life_->after(0ms, [this] { on_event(); });
}

void MinerProcess::read() {
    is_read_due_ = false;
    if (!socket_) return;
    std::array<std::byte, 4'096> buffer;
    while (const auto size = socket_->read(buffer))
        base::append(in_, base::ByteView{buffer}.first(size));
    base::ByteView left{in_};
    while (client_ && left.size() >= sv2::frame_header_size) {
        const auto header = sv2::decode_header(left.first<sv2::frame_header_size>());
        const auto size = sv2::frame_header_size + header.payload_size;
        if (left.size() < size) break;
        const auto frame = base::to_bytes(left.first(size));
        left = left.subspan(size);
        carry_out(client_->on_message(frame, world_.now()));
    }
    if (!client_) return;
    in_.erase(in_.begin(), in_.end() - static_cast<std::ptrdiff_t>(left.size()));
    if (socket_->is_at_end()) lose("closed by the pool");
}

void MinerProcess::lose(const char* reason) {
    if (!client_) return;
    world_.trace("{}: connection {} lost, {}", journal_.name(), connection_, reason);
    forget_connection();
    dial();
}

void MinerProcess::forget_connection() {
    socket_.reset();
    client_.reset();
    in_.clear();
    out_.clear();
    channels_.clear();
    index_of_.clear();
    cursors_.clear();
    sent_.clear();
    saved_.clear();
    is_read_due_ = false;
    has_said_nonsense_ = false;
}

void MinerProcess::kill(std::chrono::microseconds pause) {
    life_ = std::make_unique<Life>(world_);
    is_dead_ = true;
    forget_connection();
    life_->after(pause, [this] { start(); });
}

void MinerProcess::start() {
    if (!std::exchange(is_dead_, false)) return;
    dial();
    find_share_later();
}

void MinerProcess::carry_out(miner::Effects effects) {
    for (const auto& effect : effects)
        if (client_) carry_out(effect);
    write();
}

void MinerProcess::carry_out(const miner::Effect& effect) {
    std::visit(
        Overloaded{
            [&](const miner::Send& send) { base::append(out_, send.message); },
            [&](const miner::SetWork& set) { set_work(set.work); },
            [&](const miner::ClearWork& clear) {
                cursors_.erase(clear.channel);
                if (const auto found = channels_.find(clear.channel); found != channels_.end())
                    found->second.tip.reset();
            },
            [&](const miner::ChannelOpened& opened) {
                journal_.opened(opened);
                channels_[opened.channel.index] = {.opened_at = world_.now(),
                                                   .key = journal_.channels().back().key};
                index_of_[opened.channel.id.value] = opened.channel.index;
            },
            [&](const miner::ChannelClosed& closed) { channels_.erase(closed.channel); },
            [&](const miner::ChannelRefused& refused) {
                world_.violation("open", fmt::format("{} was refused a channel: {}",
                                                     journal_.name(), refused.error_code));
            },
            [&](const miner::ShareSubmitted& submitted) {
                journal_.submitted(submitted);
                ++shares_;
            },
            [&](const miner::SharesAccepted& accepted) {
                journal_.accepted(connection_, accepted);
                const auto count = accepted.answer.new_submits_accepted_count;
                accepted_ += count;
                channels_[index_of_.at(accepted.answer.channel_id.value)].accepted += count;
            },
            [&](const miner::ShareRejected& rejected) { journal_.rejected(connection_, rejected); },
            [&](const miner::Warning& warning) {
                // Its client is sceptical: what it warns of is a mistake of the pool's.
                world_.violation("protocol", fmt::format("{}: {}", journal_.name(), warning.text));
            },
            [&](const miner::Disconnect& disconnect) { lose(disconnect.reason.c_str()); },
            [](const auto&) {}},
        effect);
}

void MinerProcess::write() {
    if (!socket_ || out_.empty()) return;
    const auto size = socket_->write(out_);
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(size));
}

void MinerProcess::set_work(const miner::Work& work) {
    auto& channel = channels_[work.channel];
    channel.tip = work.prev_hash;
    if (channel.target != work.target) {
        channel.target = work.target;
        channel.hashes = bitcoin::expected_hashes(work.target);
        if (channel.hashes < scale::hashes_a_share_easiest ||
            channel.hashes > scale::hashes_a_share_hardest + 1)
            world_.violation("targets", fmt::format("{} channel {} is given a target of {} hashes",
                                                    journal_.name(), work.channel, channel.hashes));
    }
    cursors_.insert_or_assign(work.channel,
                              miner::Cursor{std::make_shared<const miner::Work>(work), {}});
}

/// Its hash rate is the same all the time, and the same on each of its channels.
double MinerProcess::shares_a_second() const {
    const auto channels = static_cast<double>(kind_.standard + kind_.extended);
    double sum = 0;
    for (const auto& [index, channel] : channels_)
        if (channel.hashes > 0) sum += kind_.hashes / channel.hashes;
    if (sum == 0) return kind_.shares_per_second;
    return std::max(kind_.shares_per_second * sum / channels, kind_.shares_per_second_min);
}

/// Of the channels that mine, the sooner the easier its shares are.
std::map<std::size_t, miner::Cursor>::iterator MinerProcess::some_work() {
    double sum = 0;
    for (const auto& [index, cursor] : cursors_) sum += 1 / channels_.at(index).hashes;
    auto at = cursors_.begin();
    auto left = chance_.fraction() * sum - 1 / channels_.at(at->first).hashes;
    while (left > 0 && std::next(at) != cursors_.end())
        left -= 1 / channels_.at((++at)->first).hashes;
    return at;
}

void MinerProcess::find_share_later() {
    by_chance(
        *life_, chance_, shares_a_second(), [this] { find_share_later(); },
        [this] {
            find_share();
            find_share_later();
        });
}

void MinerProcess::find_share() {
    if (!client_ || !is_mining_ || has_said_nonsense_ || cursors_.empty() ||
        out_.size() > unsent_max)
        return;
    if (chance_.happens(kind_.nonsense)) {
        std::array<std::byte, 40> nonsense;
        chance_.fill(nonsense);
        base::append(out_, nonsense);
        write();
        // Whatever follows may be taken for the rest of it.
        has_said_nonsense_ = true;
        return life_->after(gives_up_after, [this, connection = connection_] {
            if (connection == connection_) lose("has said nonsense");
        });
    }
    if (chance_.happens(asks)) ask_for_target();
    if (!sent_.empty() && chance_.happens(kind_.duplicates)) {
        const auto again = sent_[static_cast<std::size_t>(chance_.below(sent_.size()))];
        return submit(again);
    }
    if (saved_.size() > 4) {
        const auto late = std::move(saved_.front());
        saved_.pop_front();
        return submit(late);
    }
    auto found = some_work()->second.scan(hashes_at_once, world_.now()).found;
    if (!found) return;
    if (chance_.happens(kind_.invalid)) {
        ++found->header.nonce;
        found->hash = bitcoin::header_hash(found->header);
    }
    if (chance_.happens(kind_.stale)) {
        saved_.push_back(std::move(*found));
        return;
    }
    sent_.push_back(*found);
    if (sent_.size() > 16) sent_.pop_front();
    submit(*found);
}

/// One channel gets harder shares from now on, or may get easier ones.
void MinerProcess::ask_for_target() {
    auto at = index_of_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(chance_.below(index_of_.size())));
    const auto hashes = some_hashes(chance_);
    const auto target = *bitcoin::target_for_hash_rate(hashes, 60);
    sv2::UpdateChannel update;
    update.channel_id = sv2::ChannelId{at->first};
    update.nominal_hash_rate = nominal_hps(hashes);
    if (const auto asking = channels_.find(at->second); asking != channels_.end())
        asking->second.max_target = target;
    std::ranges::copy(target.value.as_bytes(), update.maximum_target.begin());
    base::append(out_, sv2::encode(update));
}

void MinerProcess::submit(const miner::FoundShare& share) {
    carry_out(client_->submit(share, world_.now()));
}

}  // namespace simulation
