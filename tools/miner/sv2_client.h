#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "miner/channel.h"
#include "miner/client.h"
#include "sv2/common_messages.h"
#include "sv2/extension_messages.h"
#include "sv2/frame.h"
#include "sv2/mining_messages.h"

namespace miner {

/// What a client asks of the pool.
struct Sv2ClientConfig {
    std::string host{};
    std::uint16_t port{};
    std::vector<std::string> users{std::string{}};  ///< at least one; channels take them in turn
    float nominal_hash_rate_hps{};                  ///< of each channel
    std::size_t standard_channels{};
    std::size_t extended_channels{};
    std::uint16_t min_extranonce_size{};
    bool requires_standard_jobs{};
    std::string_view firmware = "adit-miner";
    std::string worker{};  ///< named in each extended share if the pool agrees; at most 32 bytes
};

/// The client's end of one mining connection, from SetupConnection on (Sv2 5).
class Sv2Client final : public Client {
  public:
    /// `connection` counts the connections of this run.
    Sv2Client(Sv2ClientConfig config, std::uint64_t connection);

    Effects on_connected(base::SteadyTime now) override;
    Effects on_message(base::ByteView frame, base::SteadyTime now) override;
    Effects on_tick(base::SteadyTime now) override;
    Effects on_share_found(const FoundShare& share, base::SteadyTime now) override;

    /// Submits a share whatever has become of its tip; nothing when its channel or connection is
    /// gone. It counts as waiting since that moment.
    Effects submit(const FoundShare& share, base::SteadyTime since);

    std::size_t open_channels() const override { return channels_.size(); }
    std::uint64_t outstanding() const override;
    /// Since when the share without an answer that has waited longest does so.
    std::optional<base::SteadyTime> waiting_since() const;

  private:
    struct Request {
        std::size_t channel{};
        ChannelKind kind{};
    };
    struct Pending {
        std::uint32_t sequence_number{};
        base::SteadyTime submitted_at{};
    };
    struct Open {
        Channel channel;
        std::uint32_t last_sequence_number = 0;
        std::deque<Pending> pending{};
    };

    template <class M>
    void decode_and_handle(base::ByteView payload, base::SteadyTime now);
    void handle(const sv2::SetupConnectionSuccess& message, base::SteadyTime now);
    void handle(const sv2::SetupConnectionError& message, base::SteadyTime now);
    void handle(const sv2::Reconnect& message, base::SteadyTime now);
    void handle(const sv2::OpenStandardMiningChannelSuccess& message, base::SteadyTime now);
    void handle(const sv2::OpenExtendedMiningChannelSuccess& message, base::SteadyTime now);
    void handle(const sv2::OpenMiningChannelError& message, base::SteadyTime now);
    void handle(const sv2::UpdateChannelError& message, base::SteadyTime now);
    void handle(const sv2::CloseChannel& message, base::SteadyTime now);
    void handle(const sv2::SetExtranoncePrefix& message, base::SteadyTime now);
    void handle(const sv2::SubmitSharesSuccess& message, base::SteadyTime now);
    void handle(const sv2::SubmitSharesError& message, base::SteadyTime now);
    void handle(const sv2::NewMiningJob& message, base::SteadyTime now);
    void handle(const sv2::NewExtendedMiningJob& message, base::SteadyTime now);
    void handle(const sv2::SetNewPrevHash& message, base::SteadyTime now);
    void handle(const sv2::SetTarget& message, base::SteadyTime now);
    void handle(const sv2::SetGroupChannel& message, base::SteadyTime now);

    void on_negotiation(const sv2::FrameHeader& header, base::ByteView payload);
    void on_agreed(const sv2::RequestExtensionsSuccess& message);
    void on_not_agreed(const sv2::RequestExtensionsError& message);
    void request_extensions(base::SteadyTime now);
    void request_channels();
    void open_channel(std::size_t index, ChannelKind kind);
    std::optional<Request> take_request(sv2::RequestId id);
    void add_channel(Channel::Opened opened);
    void close_channel(sv2::ChannelId id, std::string_view reason_code);
    void disconnect_if_idle();
    void give_job(Channel& channel, Job job, const std::optional<std::uint32_t>& min_ntime,
                  base::SteadyTime now);
    void apply(const Channel& channel, Channel::Change change, std::string_view what);
    Open* find(sv2::ChannelId id);
    /// The channel of this id, or the members of the group of this id.
    std::vector<Open*> addressed_by(sv2::ChannelId id);
    void warn(std::string text);
    void disconnect(std::string reason, bool is_refusal);
    Effects take_effects();

    Sv2ClientConfig config_;
    std::uint64_t connection_;
    bool is_set_up_ = false;
    bool is_over_ = false;
    bool has_fixed_version_ = false;
    bool is_extended_only_ = false;
    std::optional<base::SteadyTime> extensions_requested_at_{};  ///< while there is no reply
    bool has_worker_identity_ = false;
    std::size_t anomalies_ = 0;
    std::string last_refusal_{};
    std::map<sv2::RequestId, Request> requests_{};
    std::map<sv2::ChannelId, Open> channels_{};
    std::map<std::size_t, sv2::ChannelId> channel_ids_{};  ///< by our own index
    Effects effects_{};
};

}  // namespace miner
