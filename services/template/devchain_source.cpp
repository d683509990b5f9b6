#include "template/devchain_source.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"

namespace templates {

DevchainSource::DevchainSource(boost::asio::io_context& loop, const base::Clock& clock,
                               Settings settings)
    : loop_(loop),
      clock_(clock),
      settings_(settings),
      chain_(settings.chain, clock.unix_now()),
      refresh_(loop),
      foreign_(loop) {}

void DevchainSource::start(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    give_candidate();
    wait_for_foreign_block();
}

void DevchainSource::submit_block(SolvedBlock block, OnSubmitted on_submitted) {
    // Answered on a later turn, as a node would.
    boost::asio::post(loop_, [this, alive = std::weak_ptr{is_alive_}, block = std::move(block),
                              on_submitted = std::move(on_submitted)] {
        if (alive.expired()) return;
        const auto fault = chain_.submit_block(block.bytes, clock_.unix_now());
        if (!fault) {
            on_submitted({.kind = SubmitAnswer::Kind::accepted, .reason = {}});
            give_candidate();
        } else if (*fault == "duplicate") {
            on_submitted({.kind = SubmitAnswer::Kind::duplicate, .reason = *fault});
        } else {
            on_submitted({.kind = SubmitAnswer::Kind::rejected, .reason = *fault});
        }
    });
}

void DevchainSource::find_block(const bitcoin::BlockHash& hash, OnFound on_found) {
    boost::asio::post(
        loop_, [this, alive = std::weak_ptr{is_alive_}, hash, on_found = std::move(on_found)] {
            if (!alive.expired()) on_found(chain_.find(hash));
        });
}

void DevchainSource::give_status() {
    callbacks_.on_status({.is_reachable = true,
                          .software = "devchain",
                          .network = bitcoin::Network::regtest,
                          .tip = chain_.tip(),
                          .height = chain_.height(),
                          .header_height = chain_.height(),
                          .is_initial_download = false,
                          .is_pruned = false,
                          .clock_offset = std::chrono::seconds{0}});
}

void DevchainSource::give_candidate() {
    give_status();
    callbacks_.on_candidate(chain_.candidate());
    wait_to_refresh();
}

void DevchainSource::wait_to_refresh() {
    if (settings_.refresh_interval.count() == 0) return;
    refresh_.expires_after(settings_.refresh_interval);
    refresh_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (error || alive.expired()) return;
        chain_.add_transaction();
        give_candidate();
    });
}

void DevchainSource::wait_for_foreign_block() {
    if (settings_.foreign_blocks.count() == 0) return;
    foreign_.expires_after(settings_.foreign_blocks);
    foreign_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (error || alive.expired()) return;
        chain_.extend_by_others(clock_.unix_now());
        base::log_debug("somebody else found a block", {{"height", chain_.height()}});
        give_candidate();
        wait_for_foreign_block();
    });
}

}  // namespace templates
