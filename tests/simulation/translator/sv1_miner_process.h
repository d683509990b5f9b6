#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "miner/cursor.h"
#include "miner/sv1_client.h"
#include "simulation/life.h"
#include "simulation/tcp.h"
#include "simulation/translator/sv1_miner_journal.h"
#include "sv1/line_reader.h"

namespace simulation {

/// How an SV1 miner is, for a whole run.
struct Sv1MinerKind {
    enum class Reader { prompt, slow, never };
    /// For a share, with that many; when its target changes, so does how many it finds, but for
    /// what it finds at least.
    double hashes{};
    double shares_per_second{};
    double shares_per_second_min{};
    Reader reader{};
    bool rolls_versions{};
    /// Others have to connect again when their extranonce1 changes.
    bool takes_extranonces{};
    /// It says which difficulty it wants.
    bool suggests{};
    /// Of its shares: sent twice, no shares at all, and those after which it connects anew.
    double duplicates{};
    double invalid{};
    double leaves{};
};

/// One SV1 miner: adit-miner's own client on a simulated socket, as MinerProcess is for SV2.
class Sv1MinerProcess {
  public:
    Sv1MinerProcess(Network& network, Tcp& tcp, std::string name, const Sv1MinerKind& kind,
                    Host translator);

    Host host() const { return host_; }
    const std::string& user() const { return user_; }
    const Sv1MinerJournal& journal() const { return journal_; }
    void mine(bool is_mining) { is_mining_ = is_mining; }
    /// Its process dies, and is there again after a while.
    void kill(std::chrono::microseconds pause);
    /// From now on it is as a miner should be, whatever it was like, lives and finds shares often.
    void behave();
    void freeze(std::chrono::microseconds span) { life_->freeze(span); }

    bool is_connected() const { return socket_ != nullptr; }
    base::SteadyTime connected_at() const { return connected_at_; }
    /// It has an account that counts, and something to hash.
    bool has_work() const { return tip_.has_value(); }
    /// Of its work, and when the first of it came on this connection.
    const std::optional<bitcoin::BlockHash>& tip() const { return tip_; }
    base::SteadyTime working_since() const { return working_since_; }
    /// All that has arrived has been read, and more may come.
    bool has_read_all() const {
        return socket_ && socket_->readable() == 0 && !socket_->is_broken();
    }
    std::uint64_t outstanding() const { return client_ ? client_->outstanding() : 0; }
    std::uint64_t accepted() const { return accepted_; }

  private:
    void start();
    void dial();
    void on_connected(std::unique_ptr<TcpEnd> socket);
    void on_event();
    void read();
    void lose(const char* reason);
    void forget_connection();
    void carry_out(miner::Effects effects);
    void carry_out(const miner::Effect& effect);
    void say(base::ByteView line);
    void write();
    void set_work(const miner::Work& work);
    double shares_a_second() const;
    void find_share_later();
    void find_share();

    World& world_;
    Tcp& tcp_;
    Chance chance_;
    Host host_;
    Sv1MinerKind kind_;
    Host translator_;
    std::unique_ptr<Life> life_;
    Sv1MinerJournal journal_;
    std::string user_;
    bool is_mining_{true};
    bool is_dead_{true};

    miner::Sv1Session session_{};
    std::uint64_t connection_{};
    base::SteadyTime connected_at_{};
    std::unique_ptr<TcpEnd> socket_{};
    std::unique_ptr<miner::Sv1Client> client_{};
    sv1::LineReader reader_{miner::pool_line_size_max};
    base::Bytes out_{};
    bool is_read_due_{};
    std::optional<bitcoin::BlockHash> tip_{};
    base::SteadyTime working_since_{};
    double hashes_{};
    std::optional<miner::Cursor> cursor_{};
    std::deque<miner::FoundShare> sent_{};  // some of them, to be sent again
    std::uint64_t accepted_{};
};

}  // namespace simulation
