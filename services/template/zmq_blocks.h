#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "bitcoin/target.h"
#include "zeromq/monitor.h"
#include "zeromq/socket.h"

namespace templates {

/// One message of a node's "hashblock" publisher.
struct AnnouncedBlock {
    bitcoin::BlockHash hash{};
    std::uint32_t sequence{};  ///< of this topic, since the node has started
    friend bool operator==(const AnnouncedBlock&, const AnnouncedBlock&) = default;
};

/// Topic, hash as it is printed, sequence in little-endian. Nothing for anything else. Pure.
std::optional<AnnouncedBlock> read_announcement(const std::vector<std::string>& frames);

/// Hears a node announce its tips by ZeroMQ. It is told what the other ways have heard, so that a
/// subscription that has gone deaf is noticed and made anew. Owned and called by the loop.
class ZmqBlocks {
  public:
    struct Callbacks {
        std::function<void(const bitcoin::BlockHash&)> on_block{};
        /// A block may have been missed: at a gap in the sequence, and after the link was away.
        std::function<void()> on_doubt{};
        /// is_alive() has changed.
        std::function<void()> on_change{};
    };

    ZmqBlocks(boost::asio::io_context& loop, std::string endpoint, Callbacks callbacks);

    const std::string& endpoint() const { return endpoint_; }
    /// Linked to a publisher that, as far as anybody knows, tells all.
    bool is_alive() const { return is_linked_ && !is_deaf_; }

    /// Another way tells of this block, which the node announces.
    void expect(const bitcoin::BlockHash& hash);

  private:
    void subscribe();
    void on_message(const std::vector<std::string>& frames);
    void on_link(bool is_linked);
    void set_deaf(bool is_deaf);
    bool has_heard(const bitcoin::BlockHash& hash) const;

    boost::asio::io_context& loop_;
    std::string endpoint_;
    Callbacks callbacks_;
    zmq::context_t context_{1};
    std::unique_ptr<zeromq::Monitor> monitor_{};
    std::unique_ptr<zeromq::Socket> socket_{};
    std::optional<std::uint32_t> sequence_{};
    std::vector<bitcoin::BlockHash> heard_{};  // the last few
    std::optional<bitcoin::BlockHash> expected_{};
    boost::asio::steady_timer patience_;
    bool is_linked_ = false;
    bool is_deaf_ = false;
    std::shared_ptr<bool> life_ = std::make_shared<bool>(true);
};

}  // namespace templates
