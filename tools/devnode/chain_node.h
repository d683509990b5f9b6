#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "devnode/block_publisher.h"
#include "devnode/chain_file.h"
#include "template/devchain.h"

namespace devnode {

/// The development chain as a node that several template replicas share: answers what a full node
/// is asked by JSON-RPC. Lives on one loop.
class ChainNode {
  public:
    struct Settings {
        templates::Devchain::Settings chain{};
        /// One more transaction waits; zero: never.
        std::chrono::milliseconds refresh_interval{10'000};
        /// Somebody else finds a block; zero: never.
        std::chrono::milliseconds foreign_blocks{0};
        /// Where new tips are announced by ZeroMQ; empty: nowhere.
        std::string zmq_hashblock{};
        /// Where the chain is kept, and goes on at the next start; empty: nowhere.
        std::string file{};
    };
    /// The whole answer: `result`, `error` and `id`.
    using OnAnswer = std::function<void(nlohmann::json)>;

    /// Errors: throws std::runtime_error where the file cannot be read, or has another chain.
    ChainNode(boost::asio::io_context& loop, const base::Clock& clock, Settings settings);

    /// The callback runs once; later where a long poll waits for another tip.
    void call(const nlohmann::json& request, OnAnswer on_answer);

  private:
    struct Error {
        int code = 0;
        std::string message{};
    };
    struct Block {
        std::uint32_t height{};
        std::uint32_t time{};
        std::uint32_t nbits{};
        std::optional<std::uint32_t> median_time{};  ///< of those that are or were in the chain
    };

    nlohmann::json answer_to(const std::string& method, const nlohmann::json& params);
    nlohmann::json chain_info() const;
    nlohmann::json block_template() const;
    nlohmann::json header(const std::string& hex) const;
    nlohmann::json submit(const std::string& hex);
    nlohmann::json generate(std::uint32_t count);
    nlohmann::json take_back(const std::string& hex);
    /// Does it, and writes down what changed the chain. The reason where a block did not.
    std::optional<std::string> record(ChainEvent event);
    std::optional<std::string> carry_out(const ChainEvent& event);
    void read_file();
    void note_tip(base::UnixMicros at);
    void note_branch(const ChainEvent& event);
    void tell_of_tip();
    void wait_to_refresh();
    void wait_for_foreign_block();

    const base::Clock& clock_;
    Settings settings_;
    ChainFile file_;
    templates::Devchain chain_;
    std::optional<BlockPublisher> publisher_{};
    // By the hash in hexadecimal, and those of the chain by height.
    std::unordered_map<std::string, Block> blocks_{};
    std::map<std::uint32_t, std::string> chain_at_{};
    std::vector<std::pair<nlohmann::json, OnAnswer>> long_polls_{};  // id and who waits
    boost::asio::steady_timer refresh_;
    boost::asio::steady_timer foreign_;
};

}  // namespace devnode
