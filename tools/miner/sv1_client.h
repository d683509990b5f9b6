#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "miner/client.h"
#include "miner/sv1_jobs.h"
#include "sv1/parser.h"

namespace miner {

/// The longest line of a pool that is read: a `mining.notify` with a coinbase of a few hundred
/// outputs stays below it.
inline constexpr std::size_t pool_line_size_max = 64 * 1024;

/// What an SV1 client asks of the pool.
struct Sv1ClientConfig {
    std::string host{};  ///< as it was dialled: client.reconnect may lead to no other
    std::string worker{};
    std::string password{"x"};
    bool is_rolling_versions = true;
    std::optional<double> suggested_difficulty{};
};

/// What outlives a connection, so that the next one can go on where it ended.
struct Sv1Session {
    std::string id{};  ///< empty where the pool names none
    base::Bytes extranonce1{};
    std::uint32_t jobs{};  ///< how many there were, see Sv1Jobs
};

/// The miner's end of one SV1 connection: configure, subscribe, authorize, each when the one before
/// is answered, then shares.
class Sv1Client final : public Client {
  public:
    /// The session is the caller's, and outlives this. `connection` counts the connections of this
    /// run.
    Sv1Client(Sv1ClientConfig config, Sv1Session& session, std::uint64_t connection);

    Effects on_connected(base::SteadyTime now) override;
    Effects on_message(base::ByteView line, base::SteadyTime now) override;
    Effects on_tick(base::SteadyTime now) override;
    Effects on_share_found(const FoundShare& share, base::SteadyTime now) override;

    std::size_t open_channels() const override { return is_authorized_ ? 1 : 0; }
    std::uint64_t outstanding() const override { return outstanding_; }

  private:
    enum class Asked { configure, subscribe, authorize, extra, submit };
    struct Waiting {
        Asked asked{};
        base::SteadyTime since{};
    };

    void on_answer(const sv1::Response& answer, base::SteadyTime now);
    void on_configured(const sv1::Response& answer, base::SteadyTime now);
    void on_subscribed(const sv1::Response& answer, base::SteadyTime now);
    void on_authorized(const sv1::Response& answer, base::SteadyTime now);
    void on_share_answered(const sv1::Response& answer, std::uint64_t id,
                           base::SteadyTime::duration waited);
    void on_request(const sv1::Request& request, base::SteadyTime now);
    void handle(const sv1::SetDifficulty& call, base::SteadyTime now);
    void handle(const sv1::Notify& call, base::SteadyTime now);
    void handle(const sv1::SetExtranonce& call, base::SteadyTime now);
    void handle(const sv1::SetVersionMask& call, base::SteadyTime now);
    void handle(const sv1::Reconnect& call, base::SteadyTime now);
    void handle(const sv1::ShowMessage& call, base::SteadyTime now);
    template <class C>
    void ask(Asked asked, const C& call, base::SteadyTime now);
    void subscribe(base::SteadyTime now);
    void hash();
    void send(std::string_view line);
    void warn(std::string text);
    void disconnect(std::string reason, bool is_refusal);
    Effects take_effects();

    Sv1ClientConfig config_;
    Sv1Session& session_;
    sv1::Parser parser_;
    Sv1Jobs jobs_;
    bool is_over_ = false;
    bool is_authorized_ = false;
    std::size_t anomalies_ = 0;
    std::uint64_t last_id_ = 0;
    std::uint64_t outstanding_ = 0;
    std::map<std::uint64_t, Waiting> waiting_{};
    base::SteadyTime heard_at_{};
    std::optional<std::uint32_t> granted_mask_{};  ///< of those that we asked for
    Effects effects_{};
};

}  // namespace miner
