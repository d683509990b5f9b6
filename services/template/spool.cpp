#include "template/spool.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "template/spool_file.h"

namespace templates {

Spool::Spool(boost::asio::io_context& loop, base::Random& random, Nodes& nodes, Metrics& metrics,
             Settings settings)
    : loop_(loop),
      random_(random),
      nodes_(nodes),
      metrics_(metrics),
      settings_(std::move(settings)),
      solutions_(settings_.settled_max) {}

Spool::~Spool() {
    disk_.join();
}

void Spool::recover() {
    prepare_spool(settings_.folder);
    Effects effects;
    for (auto& [block, state] : read_spool(settings_.folder)) {
        auto more = solutions_.on_recovered(std::move(block), state);
        std::move(more.begin(), more.end(), std::back_inserter(effects));
    }
    if (solutions_.unsettled() > 0)
        base::log_info("blocks in the spool are submitted again",
                       {{"blocks", solutions_.unsettled()}});
    boost::asio::post(
        loop_, [this, alive = std::weak_ptr{is_alive_}, effects = std::move(effects)]() mutable {
            if (!alive.expired()) carry_out(std::move(effects));
        });
}

void Spool::take(SpooledBlock block, OnStored on_stored) {
    const auto hash = block.hash;
    const auto* const entry = solutions_.find(hash);
    if (entry != nullptr && entry->is_on_disk) return on_stored(Stored{.already_known = true});
    if (storing_ >= settings_.storing_max)
        return on_stored(base::unexpected(std::string{"the disk is far behind"}));
    if (entry == nullptr) {
        metrics_.blocks.with({"found"}).add();
        base::log_info("block found", {{"hash", hash.value.to_be_hex()},
                                       {"height", block.height},
                                       {"channel", block.channel.value}});
    }
    auto& waiting = waiting_[hash];
    const bool is_first = waiting.empty();
    waiting.push_back([is_first, answer = std::move(on_stored)](auto stored) {
        if (stored) stored->already_known = !is_first;
        answer(std::move(stored));
    });
    carry_out(solutions_.on_found(std::move(block)));
}

void Spool::carry_out(Effects effects) {
    for (auto& effect : effects) std::visit([this](auto& e) { carry_out(std::move(e)); }, effect);
    metrics_.spool_depth.set(static_cast<double>(solutions_.unsettled()));
}

void Spool::carry_out(Solutions::StoreBlock effect) {
    ++storing_;
    boost::asio::post(disk_, [this, &loop = loop_, alive = std::weak_ptr{is_alive_},
                              folder = settings_.folder, block = std::move(effect.block)] {
        auto failure = write_block_file(folder, block);
        boost::asio::post(loop, [this, alive, hash = block.hash, failure = std::move(failure)] {
            if (!alive.expired()) on_stored(hash, failure);
        });
    });
}

void Spool::carry_out(Solutions::StoreState effect) {
    boost::asio::post(disk_, [folder = settings_.folder, effect = std::move(effect)] {
        if (const auto failure = write_state_file(folder, effect.hash, effect.state))
            base::log_error("the state of a block is not on disk: it will be submitted again",
                            {{"hash", effect.hash.value.to_be_hex()}, {"reason", *failure}});
    });
}

void Spool::carry_out(Solutions::Forget effect) {
    boost::asio::post(
        disk_, [folder = settings_.folder, hash = effect.hash] { remove_files(folder, hash); });
}

void Spool::carry_out(Solutions::SubmitBlock effect) {
    metrics_.blocks.with({"submitted"}).add();
    nodes_.submit(0, {.hash = effect.hash, .bytes = std::move(effect.bytes)},
                  [this, alive = std::weak_ptr{is_alive_}, hash = effect.hash](const auto& answer) {
                      if (!alive.expired()) on_answer(hash, answer);
                  });
}

void Spool::on_stored(const bitcoin::BlockHash& hash, const std::optional<std::string>& failure) {
    --storing_;
    if (failure)
        base::log_error("a block is not on disk, submitting it all the same",
                        {{"hash", hash.value.to_be_hex()}, {"reason", *failure}});
    if (auto waiting = waiting_.extract(hash))
        for (const auto& answer : waiting.mapped()) {
            if (failure)
                answer(base::unexpected(*failure));
            else
                answer(Stored{});
        }
    carry_out(solutions_.on_stored(hash, !failure));
}

void Spool::on_answer(const bitcoin::BlockHash& hash, const SubmitAnswer& answer) {
    switch (answer.kind) {
        case SubmitAnswer::Kind::accepted:
        case SubmitAnswer::Kind::duplicate:
            return settle(hash, {.kind = BlockState::Kind::accepted, .reason = {}});
        case SubmitAnswer::Kind::rejected:
        case SubmitAnswer::Kind::unsupported:
            return settle(hash, {.kind = BlockState::Kind::rejected, .reason = answer.reason});
        case SubmitAnswer::Kind::unreachable: return retry_later(hash, answer.reason);
    }
}

void Spool::settle(const bitcoin::BlockHash& hash, BlockState state) {
    const bool is_accepted = state.kind == BlockState::Kind::accepted;
    metrics_.blocks.with({is_accepted ? "accepted" : "rejected"}).add();
    if (is_accepted)
        base::log_info("block accepted", {{"hash", hash.value.to_be_hex()}});
    else
        base::log_error("block rejected",
                        {{"hash", hash.value.to_be_hex()}, {"reason", state.reason}});
    deliveries_.erase(hash);
    carry_out(solutions_.on_settled(hash, state));
}

void Spool::retry_later(const bitcoin::BlockHash& hash, const std::string& why) {
    auto& [retry, backoff, is_warned] =
        deliveries_
            .try_emplace(hash, Delivery{boost::asio::steady_timer{loop_},
                                        rpc::Backoff{random_, settings_.retry}, false})
            .first->second;
    if (!std::exchange(is_warned, true))
        base::log_warning("the node did not answer for a block, trying again",
                          {{"hash", hash.value.to_be_hex()}, {"reason", why}});
    retry.expires_after(backoff.next());
    retry.async_wait([this, alive = std::weak_ptr{is_alive_}, hash](const auto& error) {
        if (!error && !alive.expired()) carry_out(solutions_.on_retry(hash));
    });
}

}  // namespace templates
