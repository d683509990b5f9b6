#include "template/ipc_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/log.h"

namespace templates {
namespace {

// A node that is alive says so at least this often.
constexpr std::chrono::milliseconds tip_wait{10'000};

}  // namespace

IpcSession::IpcSession(boost::asio::io_context& loop, const base::Clock& clock,
                       kj::Own<kj::AsyncIoStream> stream, const Settings& settings,
                       std::uint64_t& next_origin, Callbacks callbacks)
    : clock_(clock),
      settings_(settings),
      next_origin_(next_origin),
      callbacks_(std::move(callbacks)),
      client_(clock, kj::mv(stream),
              {.reserved_weight = settings.reserved_weight,
               .reserved_sigops = settings.reserved_sigops}),
      questions_(client_),
      fee_timer_(loop),
      status_timer_(loop),
      submissions_(client_, shelf_),
      tasks_(*this) {}

void IpcSession::start() {
    publish();
    tasks_.add(client_.when_disconnected().then([this] { lose("the node closed its socket"); }));
    tasks_.add(client_.greet()
                   .then([this] { return client_.is_test_chain(); })
                   .then([this](bool is_test_chain) {
                       is_test_chain_ = is_test_chain;
                       return client_.is_initial_download();
                   })
                   .then([this](bool is_initial_download) {
                       status_.is_initial_download = is_initial_download;
                       on_greeted();
                   }));
}

void IpcSession::on_greeted() {
    is_greeted_ = true;
    status_.software = name(client_.dialect());
    if (const auto fault = network_fault(settings_.network, is_test_chain_, std::nullopt))
        return unusable(*fault);
    if (!is_test_chain_) status_.network = bitcoin::Network::mainnet;
    base::log_info("node gives its Mining interface", {{"socket", settings_.socket},
                                                       {"interface", name(client_.dialect())},
                                                       {"takes_blocks", client_.takes_blocks()},
                                                       {"has_rpc", client_.has_rpc()}});
    if (is_test_chain_ && !client_.has_rpc() && settings_.network != bitcoin::Network::regtest)
        base::log_warning(
            "the node's version does not tell which test chain it is on, nothing can check it",
            {{"socket", settings_.socket}, {"configured", bitcoin::chain_name(settings_.network)}});
    ask_status();
    follow_tips();
    every(status_timer_, settings_.status_interval, &IpcSession::ask_status);
    every(fee_timer_, settings_.fee_interval, &IpcSession::check_fees);
}

void IpcSession::follow_tips() {
    tasks_.add(
        client_.wait_tip(node_tip_, tip_wait).then([this](std::optional<IpcClient::Tip>&& tip) {
            if (!tip) return lose("the node is stopping");
            if (tip->hash != node_tip_) on_tip(*tip);
            if (!is_over_) follow_tips();
        }));
}

void IpcSession::on_tip(const IpcClient::Tip& tip) {
    node_tip_ = tip.hash;
    tips_.on_tip(tip.hash);
    status_.tip = tip.hash;
    status_.height = tip.height;
    status_.tip_time.reset();  // of the one before
    // What it said of its headers was before it had this block.
    if (status_.header_height) status_.header_height = std::max(*status_.header_height, tip.height);
    publish();
    if (!is_downloading()) renew();
}

// Test chains may rest for days, which a node takes for a download that is not over.
bool IpcSession::is_downloading() const {
    return !is_test_chain_ && status_.is_initial_download.value_or(false);
}

void IpcSession::renew() {
    if (settings_.is_empty_first)
        make_early();
    else
        make_full();
}

// The full one is asked for when this one is out: both take the node's main lock, and version 30
// makes templates on the thread that reads them out.
void IpcSession::make_early() {
    wants_early_ = true;
    if (is_over_ || std::exchange(is_making_early_, true)) return;
    wants_early_ = false;
    tasks_.add(client_.create(client_.urgent(), false)
                   .then([this](std::optional<Template>&& made) {
                       return take(client_.urgent(), std::move(made), true);
                   })
                   .catch_([this](kj::Exception&& error) { on_failure(kj::mv(error)); })
                   .then([this] {
                       is_making_early_ = false;
                       // Tips that came meanwhile are mined by one template: of the last.
                       if (wants_early_)
                           make_early();
                       else
                           make_full();
                   }));
}

void IpcSession::make_full() {
    wants_full_ = true;
    if (is_working_ || is_over_) return;
    wants_full_ = false;
    work_on(client_.create(client_.work(), true));
}

// Fees do not matter while a new tip has no full template yet, which is then being made.
void IpcSession::check_fees() {
    if (is_working_ || is_making_early_ || is_over_ || is_downloading()) return;
    if (!full_ || clock_.steady_now() - full_->at >= settings_.refresh_interval) return make_full();
    work_on(client_.better_than(full_->handle, settings_.fee_threshold_sat));
}

void IpcSession::work_on(kj::Promise<std::optional<Template>> made) {
    is_working_ = true;
    tasks_.add(made.then([this](std::optional<Template>&& arrived) {
                       return take(client_.work(), std::move(arrived), false);
                   })
                   .catch_([this](kj::Exception&& error) { on_failure(kj::mv(error)); })
                   .then([this] {
                       is_working_ = false;
                       if (wants_full_) make_full();
                   }));
}

kj::Promise<void> IpcSession::take(IpcLane& lane, std::optional<Template> made, bool is_early) {
    if (!made) return kj::READY_NOW;
    return client_.read(lane, *made)
        .then([this, handle = kj::mv(*made), is_early](IpcTemplate&& fields) mutable {
            return on_template(kj::mv(handle), fields, is_early);
        });
}

kj::Promise<void> IpcSession::on_template(Template made, const IpcTemplate& fields, bool is_early) {
    if (is_over_) return kj::READY_NOW;
    auto read = read_ipc_template(fields);
    if (!read) {
        drop(kj::mv(made));
        set_fault("gives a template that cannot be used: " + read.error());
        return kj::READY_NOW;
    }
    auto& tip = read->tip;
    if (const auto fault = network_fault(settings_.network, is_test_chain_, tip.nbits)) {
        unusable(*fault);
        return kj::READY_NOW;
    }
    const bool has_full = full_ && full_->candidate.block_template.tip.prev_hash == tip.prev_hash;
    if (!tips_.is_newest(tip.prev_hash) || (is_early && has_full)) {
        drop(kj::mv(made));
        return kj::READY_NOW;
    }
    note_clock(tip);
    // The lowest nTime of a share belongs to the tip, not to each of its templates.
    if (std::exchange(ntime_tip_, tip.prev_hash) != tip.prev_hash) min_ntime_ = tip.min_ntime;
    tip.min_ntime = min_ntime_;
    set_fault("");

    if (!is_early && has_full && full_->candidate.block_template == *read) {
        drop(kj::mv(made));
        full_->at = clock_.steady_now();
        callbacks_.source.on_candidate(full_->candidate);
        return kj::READY_NOW;
    }
    Candidate candidate{.block_template = std::move(*read),
                        .transactions = nullptr,
                        .origin = next_origin_++,
                        .is_early = is_early};
    const bool is_empty = candidate.block_template.merkle_path.empty();
    if (is_empty) candidate.transactions = std::make_shared<std::vector<base::Bytes>>();
    for (auto& old : shelf_.add(candidate.origin, candidate.block_template.tip.prev_hash, made))
        drop(kj::mv(old));
    if (!is_early)
        full_.emplace(Full{.candidate = candidate, .handle = made, .at = clock_.steady_now()});
    callbacks_.source.on_candidate(candidate);
    // Of a new tip the node can tell more, when it has nothing better to do.
    if (!is_early && !has_full) ask_status();
    if (is_empty) return kj::READY_NOW;
    return fetch_transactions(candidate, kj::mv(made));
}

kj::Promise<void> IpcSession::fetch_transactions(const Candidate& candidate, Template handle) {
    return client_.block(handle).then([this, candidate](base::Bytes&& block) {
        auto read = read_ipc_block(block, candidate.block_template);
        if (!read) return set_fault("gives a block that cannot be used: " + read.error());
        if (full_ && full_->candidate.origin == candidate.origin)
            full_->candidate.transactions = *read;
        if (!is_over_) callbacks_.source.on_transactions(candidate.origin, std::move(*read));
    });
}

void IpcSession::drop(Template handle) {
    tasks_.add(client_.destroy(handle).catch_(
        [this](kj::Exception&& error) { on_failure(kj::mv(error)); }));
}

void IpcSession::submit(SolvedBlock block, Source::OnSubmitted on_submitted) {
    tasks_.add(submissions_.submit(std::move(block))
                   .then([on_submitted = std::move(on_submitted)](SubmitAnswer&& answer) {
                       on_submitted(std::move(answer));
                   }));
}

void IpcSession::find_block(const bitcoin::BlockHash& hash, Source::OnFound on_found) {
    tasks_.add(questions_.find_block(hash).then(
        [on_found = std::move(on_found)](BlockStanding&& standing) { on_found(standing); }));
}

void IpcSession::ask_status() {
    if (is_over_) return;
    if (const auto why = stuck()) return lose(*why);
    if (std::exchange(is_asking_status_, true)) return;
    asked_.status = status_;
    tasks_.add(questions_.ask(asked_)
                   .then([this] { on_answers(); },
                         [this](kj::Exception&& error) { on_failure(kj::mv(error)); })
                   .then([this] { is_asking_status_ = false; }));
}

void IpcSession::on_answers() {
    const bool was_downloading = is_downloading();
    // What the tip is, is known better here.
    if (asked_.status.tip != status_.tip) asked_.status.tip_time.reset();
    asked_.status.tip = status_.tip;
    asked_.status.height = status_.height;
    asked_.status.clock_offset = status_.clock_offset;
    status_ = asked_.status;
    if (status_.header_height && status_.height)
        status_.header_height = std::max(*status_.header_height, *status_.height);
    if (status_.network && *status_.network != settings_.network)
        return unusable(fmt::format("is on chain '{}', configured network is '{}'",
                                    bitcoin::chain_name(*status_.network),
                                    bitcoin::chain_name(settings_.network)));
    publish();
    if (was_downloading && !is_downloading()) renew();
}

std::optional<std::string> IpcSession::stuck() const {
    const auto now = clock_.steady_now();
    const auto is_stuck = [&](const IpcLane& lane, std::chrono::milliseconds allowed) {
        return lane.busy_since() && now - *lane.busy_since() > allowed;
    };
    const auto allowed = settings_.call_timeout;
    if (is_stuck(client_.tips(), allowed + tip_wait) || is_stuck(client_.urgent(), allowed) ||
        is_stuck(client_.work(), allowed) || is_stuck(client_.solutions(), allowed) ||
        is_stuck(client_.questions(), allowed))
        return fmt::format("the node left a call unanswered for {} s",
                           std::chrono::duration_cast<std::chrono::seconds>(allowed).count());
    return std::nullopt;
}

// A fresh template's ntime is the node's clock, unless the median of the blocks before is later.
void IpcSession::note_clock(const mining::ChainTip& tip) {
    const auto& median = asked_.median_time;
    if (!median || median->first != tip.prev_hash || tip.min_ntime <= median->second + 1) return;
    const auto now = base::to_unix_seconds(clock_.unix_now());
    status_.clock_offset =
        std::chrono::seconds{static_cast<std::int64_t>(tip.min_ntime) - std::int64_t{now}};
}

void IpcSession::publish() {
    if (!is_greeted_)
        status_.why =
            "has not given its Mining interface yet: it is loading its chain, or is no Bitcoin "
            "Core";
    else if (!fault_.empty())
        status_.why = fault_;
    else if (is_downloading())
        status_.why =
            "is in its initial block download: there are no templates until it has caught up";
    else
        status_.why.clear();
    status_.is_reachable = status_.why.empty();
    if (is_over_ || published_ == status_) return;
    published_ = status_;
    callbacks_.source.on_status(status_);
}

void IpcSession::set_fault(const std::string& why) {
    if (std::exchange(fault_, why) == why) return;
    if (!why.empty())
        base::log_warning("node does not give a template, asking again",
                          {{"socket", settings_.socket}, {"reason", why}});
    publish();
}

// A call that fails leaves the connection as it is, unless that is what failed.
void IpcSession::on_failure(kj::Exception&& error) {
    if (error.getType() == kj::Exception::Type::DISCONNECTED)
        lose(describe(error));
    else
        set_fault(with_cure(describe(error)));
}

void IpcSession::lose(const std::string& why) {
    if (std::exchange(is_over_, true)) return;
    callbacks_.on_lost(why);
}

void IpcSession::unusable(const std::string& why) {
    if (std::exchange(is_over_, true)) return;
    callbacks_.source.on_unusable(why);
}

void IpcSession::every(boost::asio::steady_timer& timer, std::chrono::milliseconds interval,
                       void (IpcSession::*then)()) {
    timer.expires_after(interval);
    timer.async_wait(
        [this, &timer, interval, then, alive = std::weak_ptr{is_alive_}](const auto& error) {
            if (error || alive.expired() || is_over_) return;
            (this->*then)();
            every(timer, interval, then);
        });
}

}  // namespace templates
