#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "loadgen/peer.h"

namespace loadgen {

/// The connections of one peer, one after the other, on a non-blocking socket. What it wants to
/// happen later is told by due(), and whoever owns it calls on_due() then. One loop, one thread.
class Link : public std::enable_shared_from_this<Link> {
  public:
    using Endpoint = boost::asio::ip::tcp::endpoint;
    struct Settings {
        /// What the pool's name stands for; who cannot connect tries the next one.
        std::shared_ptr<const std::vector<Endpoint>> pools{};
        std::size_t first = 0;            ///< of those
        boost::asio::ip::address from{};  ///< unspecified: the kernel chooses
    };
    /// `before_sending` runs before bytes leave; `rescheduled` when due() may have changed;
    /// `closing` is told the segments with data that a connection has sent.
    struct Hooks {
        std::function<void()> before_sending{};
        std::function<void(Link&)> rescheduled{};
        std::function<void(std::uint64_t)> closing{};
    };

    /// Clock and hooks outlive it.
    Link(boost::asio::io_context& loop, const Settings& settings, std::unique_ptr<Peer> peer,
         base::SteadyTime joins_at, const base::Clock& clock, const Hooks& hooks);

    base::SteadyTime due() const;
    void on_due();
    /// Closes for good.
    void end();

    /// Which of its turns in the owner's queue counts, and when that one is.
    std::uint64_t turn = 0;
    base::SteadyTime turn_at = Peer::never;

  private:
    void connect();
    void look_up(const Peer::Place& place);
    void connect_to(const Endpoint& pool);
    void on_connect(const boost::system::error_code& error);
    void read_on();
    void on_readable(const boost::system::error_code& error);
    void wait_writable();
    void carry_on(Peer::Wish wish);
    void flush();
    void lose(std::string_view reason);
    void leave();
    void close();
    void reconnect_after(std::chrono::milliseconds wait);

    boost::asio::ip::tcp::socket socket_;
    Settings settings_;
    std::unique_ptr<Peer> peer_;
    const base::Clock& clock_;
    const Hooks& hooks_;
    enum class State { waiting, connecting, connected, ended };
    State state_ = State::waiting;
    base::SteadyTime connects_at_;
    std::string out_{};
    std::size_t sent_ = 0;
    bool is_writing_ = false;
    bool is_waiting_to_read_ = false;
    std::size_t failures_ = 0;
    std::uint64_t connection_ = 0;  // what an old socket's handler says is nobody's
};

}  // namespace loadgen
