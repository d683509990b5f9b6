#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>

#include "base/clock.h"
#include "mining/ids.h"

namespace channel_manager {

/// Looks for a template that a batch names and no stream has brought: asks every replica, then
/// Redis, and again as long as one of them does not answer (architecture D12). Decides, and acts
/// through its ports alone. Owned and called by the loop.
class TemplateSearch {
  public:
    enum class Answer {
        found,        ///< and kept where it is looked up
        unknown,      ///< every one that was asked has said that it does not have it
        unavailable,  ///< not every one has answered
    };
    using OnAnswer = std::function<void(Answer)>;
    struct Ports {
        std::function<void(mining::TemplateRef, OnAnswer)> ask_replicas{};
        std::function<void(mining::TemplateRef, OnAnswer)> ask_redis{};
        std::function<void()> on_found{};
    };

    /// Most are on their way in a stream when they are first missed.
    static constexpr std::chrono::milliseconds first_rest{20};
    static constexpr std::chrono::milliseconds rest{500};
    /// Names that nobody has asked for so long are forgotten.
    static constexpr std::chrono::milliseconds forget_after{30'000};
    /// A batch names a few; more are somebody's mistake, and wait for their deadline.
    static constexpr std::size_t searches_max = 256;

    explicit TemplateSearch(Ports ports) : ports_(std::move(ports)) {}

    /// To be called again and again as long as it is missed. True: nobody has it.
    bool seek(mining::TemplateRef ref, base::SteadyTime now);

  private:
    struct Search {
        base::SteadyTime next_at{};
        base::SteadyTime sought_at{};
        bool is_asking = false;
        bool is_lost = false;
    };
    void ask(mining::TemplateRef ref);
    void on_answers(mining::TemplateRef ref, Answer replicas, Answer redis);
    void forget(base::SteadyTime now);

    Ports ports_;
    std::map<mining::TemplateRef, Search> searches_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace channel_manager
