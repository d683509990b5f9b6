#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "bitcoin/header.h"
#include "sv2/dispatch.h"
#include "sv2/template_messages.h"
#include "template/template_store.h"

namespace templates {

/// The server's end of the Template Distribution Protocol on one connection (Sv2 7): what a client
/// is told of our templates, under names that count up on its connection. Pure.
class TdpSession {
  public:
    struct Limits {
        /// What the templates leave free for a client's outputs. Nothing is rebuilt for one that
        /// wants more: it is refused.
        std::uint32_t outputs_bytes_max = 1000;
        std::uint16_t outputs_sigops_max = 400;
        std::size_t anomalies_max = 100;
        std::size_t templates_max = 256;  ///< names that are remembered
        std::size_t waiting_max = 16;     ///< requests for transactions that are not there yet
        /// Transactions of a template are given for so long after its tip has gone.
        std::chrono::seconds stale_after{10};
    };
    /// A header and a coinbase that somebody says are a block of one of our templates.
    struct Solution {
        mining::TemplateRef ref{};
        bitcoin::HeaderBytes header{};
        base::Bytes coinbase{};
    };
    struct Effects {
        base::Bytes frames{};  ///< plaintext, back to back
        std::optional<Solution> solution{};
        std::optional<std::string_view> bad_solution{};  ///< why one is not worth a look
        std::optional<sv2::Dispatch> oddity{};
        /// To be closed once the frames are sent, for this reason: a name for the metric.
        std::optional<std::string_view> close{};
        std::string why{};  ///< the same for the log, where there is more to say
    };
    struct Now {
        base::SteadyTime steady{};
        std::uint32_t unix_seconds{};
    };

    /// The store outlives it.
    TdpSession(const TemplateStore& store, Limits limits) : store_(store), limits_(limits) {}

    void on_frame(const sv2::FrameHeader& header, base::ByteView payload, Now now,
                  Effects& effects);
    /// The current template is another one.
    void on_template(Now now, Effects& effects);
    /// Transactions have come for some template.
    void on_transactions(Now now, Effects& effects);

    bool is_set_up() const { return is_set_up_; }
    /// It has said what it adds to a coinbase, and is served.
    bool is_served() const { return constraints_.has_value(); }

  private:
    void on_setup(base::ByteView payload, Effects& effects);
    void on_extensions(base::ByteView payload, Effects& effects);
    void on_constraints(base::ByteView payload, Now now, Effects& effects);
    void on_request(base::ByteView payload, Now now, Effects& effects);
    void on_solution(base::ByteView payload, Effects& effects);
    const HeldTemplate* find(std::uint64_t id) const;
    void answer_request(std::uint64_t id, Now now, Effects& effects);
    void send_template(const mining::BlockTemplate& block_template, Now now, Effects& effects);
    static void close(std::string_view reason, std::string why, Effects& effects);

    const TemplateStore& store_;
    Limits limits_;
    bool is_set_up_ = false;
    std::optional<sv2::CoinbaseOutputConstraints> constraints_{};
    std::optional<mining::ChainTip> tip_{};  // as the client was told
    base::SteadyTime tip_since_{};
    std::optional<mining::TemplateRef> last_ref_{};
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, mining::TemplateRef> sent_{};  // by the connection's own id
    std::set<std::uint64_t> waiting_{};
    std::size_t anomalies_ = 0;
};

}  // namespace templates
