#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "miner/cursor.h"
#include "miner/sv2_client.h"
#include "simulation/life.h"
#include "simulation/pool/miner_journal.h"
#include "simulation/tcp.h"

namespace simulation {

/// How a miner is, for a whole run.
struct MinerKind {
    enum class Reader { prompt, slow, never };
    std::size_t standard{};
    std::size_t extended{};
    bool requires_standard_jobs{};
    /// For a share, when a channel opens; what it asks for later differs.
    double hashes{};
    /// With that many; when targets change, so does how many it finds, but for what it finds at
    /// least.
    double shares_per_second{};
    double shares_per_second_min{};
    Reader reader{};
    /// Of its shares: sent twice, sent when their tip is over, and no shares at all.
    double duplicates{};
    double stale{};
    double invalid{};
    /// A frame of nonsense, in a share's place.
    double nonsense{};
};

/// For a share, as some miner may want it.
double some_hashes(Chance& chance);

/// One miner: adit-miner's own client on a simulated socket. It lives as long as the run, and is
/// killed by losing its connection and all that it did not write down.
class MinerProcess {
  public:
    MinerProcess(Network& network, Tcp& tcp, std::string name, const MinerKind& kind,
                 std::vector<Host> gateways);

    Host host() const { return host_; }
    const MinerKind& kind() const { return kind_; }
    const MinerJournal& journal() const { return journal_; }
    /// Finds shares from now on, or no more.
    void mine(bool is_mining) { is_mining_ = is_mining; }
    /// Its process dies, and is there again after a while.
    void kill(std::chrono::microseconds pause);
    /// From now on it is as a miner should be, whatever it was like, lives and finds shares often.
    void behave();
    void freeze(std::chrono::microseconds span) { life_->freeze(span); }

    struct Channel {
        std::optional<bitcoin::BlockHash> tip{};  ///< nothing while it has no work
        base::SteadyTime opened_at{};
        std::uint64_t accepted{};
        mining::ChannelKey key{};
        /// Of its work, and how many hashes a share takes by it.
        bitcoin::Target target{};
        double hashes{};
        /// What it asked for last.
        bitcoin::Target max_target{bitcoin::target_max()};
    };
    /// By our own index; empty while it is not connected.
    const std::map<std::size_t, Channel>& channels() const { return channels_; }
    /// Whom it is connected to, and since when.
    std::optional<Host> gateway() const {
        return socket_ ? std::optional{gateways_[at_gateway_]} : std::nullopt;
    }
    base::SteadyTime connected_at() const { return connected_at_; }
    /// All that has arrived has been read, and more may come.
    bool has_read_all() const {
        return socket_ && socket_->readable() == 0 && !socket_->is_broken();
    }
    std::uint64_t outstanding() const { return client_ ? client_->outstanding() : 0; }
    std::uint64_t accepted() const { return accepted_; }
    std::uint64_t shares() const { return shares_; }

  private:
    void start();
    void dial();
    void on_connected(std::unique_ptr<TcpEnd> socket);
    void on_event();
    void read_later();
    void read();
    void lose(const char* reason);
    void forget_connection();
    void carry_out(miner::Effects effects);
    void carry_out(const miner::Effect& effect);
    double shares_a_second() const;
    void set_work(const miner::Work& work);
    void find_share_later();
    std::map<std::size_t, miner::Cursor>::iterator some_work();
    void find_share();
    void ask_for_target();
    void submit(const miner::FoundShare& share);
    void write();

    Network& network_;
    World& world_;
    Tcp& tcp_;
    Chance chance_;
    Host host_;
    MinerKind kind_;
    std::vector<Host> gateways_;
    std::unique_ptr<Life> life_;
    MinerJournal journal_;
    bool is_mining_{true};
    bool is_dead_{true};

    std::size_t at_gateway_{};
    std::uint64_t connection_{};
    base::SteadyTime connected_at_{};
    std::unique_ptr<TcpEnd> socket_{};
    std::unique_ptr<miner::Sv2Client> client_{};
    base::Bytes in_{};
    base::Bytes out_{};
    bool is_read_due_{};
    bool has_said_nonsense_{};
    std::map<std::size_t, Channel> channels_{};
    std::map<std::uint32_t, std::size_t> index_of_{};  // by channel id
    std::map<std::size_t, miner::Cursor> cursors_{};
    std::deque<miner::FoundShare> sent_{};   // some of them, to be sent again
    std::deque<miner::FoundShare> saved_{};  // to be sent when their tip is over
    std::uint64_t accepted_{};
    std::uint64_t shares_{};
};

}  // namespace simulation
