#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "miner/client.h"
#include "miner/connection.h"
#include "miner/hasher_pool.h"
#include "miner/journal.h"
#include "miner/options.h"
#include "miner/statistics.h"
#include "miner/sv1_client.h"
#include "miner/sv2_client.h"

namespace miner {

/// The whole miner: one thread that owns connection, client, journal and statistics, and the
/// threads that hash for it.
class Miner {
  public:
    Miner(Options options, const base::Clock& clock, base::Random& random);
    ~Miner();
    Miner(const Miner&) = delete;
    Miner& operator=(const Miner&) = delete;

    /// Until the limits of the options, SIGINT or SIGTERM. Returns the exit status.
    int run();

  private:
    enum class End { wanted, lost, refused };

    std::unique_ptr<Client> make_client();
    End mine(std::unique_ptr<Connection> connection);
    End serve(Connection& connection, Client& client);
    void drain(Connection& connection, Client& client);
    void carry_out(Effects effects, Connection& connection);
    struct Carrier;
    void submit_found(Connection& connection, Client& client);
    void wait(Connection& connection, base::SteadyTime until, bool reads_shares);
    bool pause(std::chrono::milliseconds time);
    bool has_ended();
    void show_status(const Client& client);
    void say(const std::string& line);
    void finish(const std::string& reason);
    double nominal_hash_rate() const;

    Options options_;
    const base::Clock& clock_;
    base::Random& random_;
    int signal_fd_;
    int share_fd_;
    Journal journal_;
    base::SteadyTime started_;
    Statistics statistics_;
    HasherPool hashers_;
    PoolAddress address_;               ///< where Reconnect has sent us, else the URL's
    std::chrono::milliseconds wait_{};  ///< what Reconnect has us wait
    Sv2ClientConfig sv2_config_{};
    Sv1ClientConfig sv1_config_{};
    Sv1Session sv1_session_{};
    std::uint64_t connection_ = 0;
    std::uint64_t outstanding_ = 0;
    unsigned unanswered_ = 0;  ///< requests for extensions
    std::uint64_t warnings_ = 0;
    bool is_stopped_ = false;
    bool is_terminal_;
    base::SteadyTime next_status_{};
    std::optional<std::string> lost_{};  ///< why this connection is of no more use
    bool is_refused_ = false;
};

}  // namespace miner
