#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "rpc/backoff.h"
#include "template/metrics.h"
#include "template/nodes.h"
#include "template/solutions.h"

namespace templates {

/// Gets solved blocks onto disk and from there to the node, until it takes or refuses them, over
/// restarts (architecture D6). Files are written by a thread that owns nothing else and posts back.
///
/// Owned and called by the loop; the nodes outlive it.
class Spool {
  public:
    struct Settings {
        std::filesystem::path folder{};
        /// Settled blocks that stay on disk for operators to see.
        std::size_t settled_max = 1000;
        /// Blocks on their way to the disk: more mean that the disk stands still.
        std::size_t storing_max = 256;
        rpc::Backoff::Limits retry{.first = std::chrono::milliseconds{250},
                                   .last = std::chrono::seconds{30}};
    };
    struct Stored {
        bool already_known{};
    };
    /// Errors: why the block is not on disk.
    using OnStored = std::function<void(base::Result<Stored, std::string>)>;

    Spool(boost::asio::io_context& loop, base::Random& random, Nodes& nodes, Metrics& metrics,
          Settings settings);
    /// Waits for what is being written.
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    /// Before the loop turns: reads what lies there. What is not settled is submitted once the
    /// loop turns. Errors: throws when the folder cannot be used.
    void recover();

    /// The callback fires when the whole block is on disk, or cannot be; the block goes to the
    /// node in both cases.
    void take(SpooledBlock block, OnStored on_stored);

    const Solutions& solutions() const { return solutions_; }

  private:
    using Effects = std::vector<Solutions::Effect>;

    void carry_out(Effects effects);
    void carry_out(Solutions::StoreBlock effect);
    void carry_out(Solutions::SubmitBlock effect);
    void carry_out(Solutions::StoreState effect);
    void carry_out(Solutions::Forget effect);
    void on_stored(const bitcoin::BlockHash& hash, const std::optional<std::string>& failure);
    void on_answer(const bitcoin::BlockHash& hash, const SubmitAnswer& answer);
    void retry_later(const bitcoin::BlockHash& hash, const std::string& why);
    void settle(const bitcoin::BlockHash& hash, BlockState state);

    // A block that the node has not answered for.
    struct Delivery {
        boost::asio::steady_timer retry;
        rpc::Backoff backoff;
        bool is_warned = false;
    };

    boost::asio::io_context& loop_;
    base::Random& random_;
    Nodes& nodes_;
    Metrics& metrics_;
    Settings settings_;
    Solutions solutions_;
    std::unordered_map<bitcoin::BlockHash, std::vector<OnStored>> waiting_{};
    std::unordered_map<bitcoin::BlockHash, Delivery> deliveries_{};
    std::size_t storing_ = 0;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    boost::asio::thread_pool disk_{1};
};

}  // namespace templates
