#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "bitcoin/network.h"
#include "sv2/common_messages.h"
#include "sv2/dispatch.h"
#include "template/candidate.h"
#include "template/tdp_messages.h"

namespace templates {

/// The client's end of the Template Distribution Protocol on one connection (Sv2 7): turns what a
/// node says into candidates, and says what the node has to hear. Pure: frames and times in,
/// effects out. Whatever the node does against the protocol ends this connection only.
///
/// Every template is asked for its transactions, one request at a time, the newest first: the
/// answer has megabytes, and a new tip waits behind it.
class TdpClient {
  public:
    struct Settings {
        std::string host{};  ///< as dialled, for SetupConnection
        std::uint16_t port{};
        std::uint32_t outputs_bytes_max{};  ///< what the pool will add to a coinbase
        std::uint16_t outputs_sigops_max{};
        bitcoin::Network network = bitcoin::Network::regtest;
        /// The first of this connection's names for templates (Candidate::origin); the following
        /// ones count on from here. No two connections share any.
        std::uint64_t first_origin{};
    };

    /// Why the connection is of no use.
    struct Failure {
        enum class Kind {
            unsuitable,  ///< what the node refuses or lacks: asking again will not help
            violation,   ///< against the protocol, or too slow: another try may go well
        };
        Kind kind{};
        std::string why{};
    };
    /// What is to be done, in this order.
    struct Effects {
        base::Bytes frames{};  ///< plaintext, back to back
        std::optional<bitcoin::BlockHash> tip{};
        std::vector<Candidate> candidates{};
        std::optional<std::pair<std::uint64_t, Transactions>> transactions{};
        std::optional<std::string> refused_transactions{};  ///< the node's error code
        std::optional<sv2::Reconnect> reconnect{};          ///< borrows from the frame
        std::optional<Failure> failure{};
    };

    TdpClient(Settings settings, base::SteadyTime now)
        : settings_(std::move(settings)),
          next_origin_(settings_.first_origin),
          heard_at_(now),
          connected_at_(now) {}

    /// The handshake is done.
    void on_connected(Effects& effects);
    void on_frame(const sv2::FrameHeader& header, base::ByteView payload, base::SteadyTime now,
                  Effects& effects);
    /// Once a second or so: deadlines, and a question where the node has been quiet for long.
    void on_tick(base::SteadyTime now, Effects& effects);

    bool is_set_up() const { return state_ == State::set_up; }
    /// Nothing when this connection did not give the template, or long ago.
    std::optional<GivenTemplate> find(std::uint64_t origin) const;
    /// Where the next connection's names begin.
    std::uint64_t next_origin() const { return next_origin_; }

  private:
    enum class State { awaits_setup, set_up };
    struct Future {
        std::uint64_t origin{};
        mining::BlockTemplate block_template{};
        Transactions transactions{};  ///< null as long as they are not there
    };
    struct Asked {
        sv2::TemplateId id{};
        std::uint64_t origin{};
    };

    void on_message(std::uint8_t type, base::ByteView payload, Effects& effects);
    void on_setup_error(base::ByteView payload, Effects& effects);
    void on_setup_success(base::ByteView payload, Effects& effects);
    void on_new_template(base::ByteView payload, Effects& effects);
    void on_set_new_prev_hash(base::ByteView payload, Effects& effects);
    void on_transactions(base::ByteView payload, Effects& effects);
    void on_transactions_error(base::ByteView payload, Effects& effects);
    void give(sv2::TemplateId id, Future known, Effects& effects);
    void ask(Asked asked, Effects& effects);
    void ask_next(Effects& effects);
    static void violate(std::string why, Effects& effects);

    Settings settings_;
    State state_ = State::awaits_setup;
    std::uint64_t next_origin_;
    std::optional<mining::ChainTip> tip_{};
    std::optional<std::uint64_t> last_id_{};
    std::map<std::uint64_t, Future> futures_{};       // by the node's id
    std::map<std::uint64_t, GivenTemplate> given_{};  // by origin, those of the recent tips
    std::deque<Asked> to_ask_{};                      // the newest first
    std::optional<Asked> asked_{};
    base::SteadyTime now_{};
    base::SteadyTime asked_at_{};
    base::SteadyTime heard_at_;
    base::SteadyTime connected_at_;
    std::optional<base::SteadyTime> probed_at_{};
    std::size_t anomalies_ = 0;
};

}  // namespace templates
