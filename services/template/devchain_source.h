#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "base/clock.h"
#include "template/devchain.h"
#include "template/source.h"

namespace templates {

/// The development chain as a source: no node is needed to try the pool.
class DevchainSource final : public Source {
  public:
    struct Settings {
        Devchain::Settings chain{};
        /// A better candidate for the same tip comes so often; zero: never.
        std::chrono::milliseconds refresh_interval{10'000};
        /// Somebody else finds a block so often; zero: never.
        std::chrono::milliseconds foreign_blocks{0};
    };

    DevchainSource(boost::asio::io_context& loop, const base::Clock& clock, Settings settings);

    std::string_view name() const override { return "devchain"; }
    void start(Callbacks callbacks) override;
    void submit_block(SolvedBlock block, OnSubmitted on_submitted) override;
    void find_block(const bitcoin::BlockHash& hash, OnFound on_found) override;

  private:
    void give_status();
    void give_candidate();
    void wait_to_refresh();
    void wait_for_foreign_block();

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    Settings settings_;
    Devchain chain_;
    Callbacks callbacks_{};
    boost::asio::steady_timer refresh_;
    boost::asio::steady_timer foreign_;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
