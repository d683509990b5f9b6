#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sv2/codec.h"
#include "sv2/common_messages.h"
#include "sv2/extension_messages.h"
#include "sv2/mining_messages.h"
#include "sv2/setup_flags.h"
#include "sv2/tlv.h"
#include "translator/pool_link.h"

namespace translator {

/// The pool's end of any number of connections: does what a test makes it do. Gives every channel
/// one job and one tip, accepts every share, and answers probes.
class FakePool {
  public:
    struct Behaviour {
        bool is_up = true;          ///< takes connections
        std::string setup_error{};  ///< SetupConnection.Error, with these flags
        std::uint32_t setup_error_flags{};
        std::uint32_t server_flags{};
        bool is_silent = false;  ///< takes connections and says nothing
        bool answers_extensions = true;
        bool answers_opens = true;
        std::string open_error{};
        std::set<std::string> unknown_users{};
        std::uint16_t extranonce_max = 32;
        bool gives_jobs = true;
        bool answers_shares = true;
        std::string share_error{};
    };
    struct Channel {
        std::string user{};
        std::uint16_t extranonce_size{};
    };
    struct Connection {
        std::map<std::uint32_t, Channel> channels{};
        std::uint32_t last_id{};
        std::uint32_t last_job{};
        std::uint32_t flags{};  ///< of SetupConnection
    };
    static constexpr std::uint32_t group = 1;

    Behaviour behaviour{};
    std::map<int, Connection> connections{};
    std::size_t dials{};
    std::size_t opens{};
    std::size_t updates{};
    std::size_t most_unanswered_opens{};
    struct Share {
        sv2::ChannelId channel{};
        std::uint32_t sequence_number{};
    };
    Share last_share{};
    std::vector<std::string> workers{};   ///< that shares named
    std::vector<std::uint32_t> shares{};  ///< their nonces

    std::size_t channels() const {
        std::size_t count = 0;
        for (const auto& [number, connection] : connections) count += connection.channels.size();
        return count;
    }

    /// Frames of the client's; what is answered is appended to `out`.
    void on_frames(int number, base::ByteView frames, base::Bytes& out) {
        std::size_t opens_before = opens;
        while (!frames.empty()) {
            const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
            on_frame(connections[number], header,
                     frames.subspan(sv2::frame_header_size, header.payload_size), out);
            frames = frames.subspan(sv2::frame_header_size + header.payload_size);
        }
        most_unanswered_opens = std::max(most_unanswered_opens, opens - opens_before);
    }

    /// A job that is mined at once, for the group of everybody.
    void append_group_job(Connection& connection, base::Bytes& out) {
        sv2::append_frame(job({group}, ++connection.last_job, 2'000), out);
    }

  private:
    static sv2::NewExtendedMiningJob job(sv2::ChannelId to, std::uint32_t id,
                                         std::optional<std::uint32_t> min_ntime) {
        static const base::Bytes half(60, std::byte{0x11});
        return {.channel_id = to,
                .job_id = {id},
                .min_ntime = min_ntime,
                .version = 0x20000000,
                .version_rolling_allowed = true,
                .coinbase_tx_prefix = half,
                .coinbase_tx_suffix = half};
    }

    void on_frame(Connection& connection, const sv2::FrameHeader& header, base::ByteView payload,
                  base::Bytes& out) {
        if (behaviour.is_silent) return;
        if (header.extension_type == sv2::negotiation_extension) {
            static const std::vector<std::uint16_t> all{sv2::worker_identity_extension};
            if (behaviour.answers_extensions)
                sv2::append_frame(
                    sv2::RequestExtensionsSuccess{.request_id = {1}, .supported_extensions = all},
                    out);
            return;
        }
        switch (header.message_type) {
            case sv2::SetupConnection::info.message_type:
                return on_setup(connection, *sv2::decode<sv2::SetupConnection>(payload), out);
            case sv2::OpenExtendedMiningChannel::info.message_type:
                return on_open(connection, *sv2::decode<sv2::OpenExtendedMiningChannel>(payload),
                               out);
            case sv2::UpdateChannel::info.message_type: {
                const auto update = *sv2::decode<sv2::UpdateChannel>(payload);
                ++updates;
                if (!connection.channels.contains(update.channel_id.value))
                    sv2::append_frame(sv2::UpdateChannelError{.channel_id = update.channel_id,
                                                              .error_code = "invalid-channel-id"},
                                      out);
                return;
            }
            case sv2::CloseChannel::info.message_type:
                connection.channels.erase(
                    sv2::decode<sv2::CloseChannel>(payload)->channel_id.value);
                return;
            case sv2::SubmitSharesExtended::info.message_type:
                return on_share(*sv2::decode_with_tlvs<sv2::SubmitSharesExtended>(payload), out);
            default: return;
        }
    }

    void on_setup(Connection& connection, const sv2::SetupConnection& setup, base::Bytes& out) {
        connection.flags = setup.flags;
        if (!behaviour.setup_error.empty() && (behaviour.setup_error_flags == 0 ||
                                               (behaviour.setup_error_flags & setup.flags) != 0)) {
            sv2::append_frame(sv2::SetupConnectionError{.flags = behaviour.setup_error_flags,
                                                        .error_code = behaviour.setup_error},
                              out);
            return;
        }
        sv2::append_frame(
            sv2::SetupConnectionSuccess{.used_version = 2, .flags = behaviour.server_flags}, out);
    }

    void on_open(Connection& connection, const sv2::OpenExtendedMiningChannel& open,
                 base::Bytes& out) {
        ++opens;
        if (!behaviour.answers_opens) return;
        std::string_view error = behaviour.open_error;
        if (behaviour.unknown_users.contains(std::string{open.user_identity}))
            error = "unknown-user";
        if (open.min_extranonce_size > behaviour.extranonce_max)
            error = "min-extranonce-size-too-large";
        if (!error.empty()) {
            sv2::append_frame(
                sv2::OpenMiningChannelError{.request_id = open.request_id, .error_code = error},
                out);
            return;
        }
        const std::uint32_t id = 1'000 + ++connection.last_id;
        connection.channels[id] = {.user = std::string{open.user_identity},
                                   .extranonce_size = open.min_extranonce_size};
        base::Bytes prefix(sizeof id);
        base::store_le(id, prefix.data());
        sv2::U256 target;
        target.fill(std::byte{0x20});
        sv2::append_frame(
            sv2::OpenExtendedMiningChannelSuccess{.request_id = open.request_id,
                                                  .channel_id = {id},
                                                  .target = target,
                                                  .extranonce_size = open.min_extranonce_size,
                                                  .extranonce_prefix = prefix,
                                                  .group_channel_id = {group}},
            out);
        if (!behaviour.gives_jobs) return;
        sv2::append_frame(job({id}, ++connection.last_job, std::nullopt), out);
        sv2::append_frame(sv2::SetNewPrevHash{.channel_id = {id},
                                              .job_id = {connection.last_job},
                                              .prev_hash = target,
                                              .min_ntime = 1'000,
                                              .nbits = 0x1b00d7c0},
                          out);
    }

    void on_share(const sv2::WithTlvs<sv2::SubmitSharesExtended>& share, base::Bytes& out) {
        shares.push_back(share.message.nonce);
        last_share = {share.message.channel_id, share.message.sequence_number};
        if (const auto worker = sv2::user_identity_of(share.tlv_area); worker && *worker)
            workers.emplace_back(**worker);
        if (!behaviour.answers_shares) return;
        if (behaviour.share_error.empty())
            sv2::append_frame(
                sv2::SubmitSharesSuccess{.channel_id = share.message.channel_id,
                                         .last_sequence_number = share.message.sequence_number,
                                         .new_submits_accepted_count = 1,
                                         .new_shares_sum = 1},
                out);
        else
            sv2::append_frame(
                sv2::SubmitSharesError{.channel_id = share.message.channel_id,
                                       .sequence_number = share.message.sequence_number,
                                       .error_code = behaviour.share_error},
                out);
    }
};

/// Connects to fake pools by their port, over nothing but later turns of the loop.
class FakeDialer final : public PoolDialer {
  public:
    explicit FakeDialer(boost::asio::io_context& loop) : loop_(loop) {}

    std::map<std::uint16_t, FakePool*> pools{};
    std::vector<PoolAddress> dialled{};

    std::unique_ptr<PoolLink> dial(const PoolAddress& address,
                                   PoolLink::Callbacks callbacks) override {
        dialled.push_back(address);
        auto wire = std::make_shared<Wire>();
        wire->callbacks = std::move(callbacks);
        const auto found = pools.find(address.port);
        wire->pool = found == pools.end() ? nullptr : found->second;
        wire->number = ++last_;
        if (wire->pool != nullptr) ++wire->pool->dials;
        if (wire->pool == nullptr || !wire->pool->behaviour.is_up) {
            later(wire, [](Wire& one) { one.close("connect", "nobody listens"); });
        } else {
            wire->pool->connections[wire->number];
            wires_.push_back(wire);
            later(wire, [](Wire& one) { one.callbacks.on_open(); });
        }
        return std::make_unique<Link>(*this, std::move(wire));
    }

    /// As a process that is killed: every connection to it ends, and nobody listens.
    void kill(FakePool& pool) {
        pool.behaviour.is_up = false;
        cut(pool);
    }
    void cut(FakePool& pool) {
        for (const auto& wire : wires_)
            if (wire->pool == &pool && !wire->is_over)
                later(wire, [](Wire& one) { one.close("by-peer", "the connection ended"); });
    }
    void cut(int number) {
        for (const auto& wire : wires_)
            if (wire->number == number)
                later(wire, [](Wire& one) { one.close("by-peer", "the connection ended"); });
    }
    /// Says these frames on one connection.
    void say(int number, base::Bytes frames) {
        for (const auto& wire : wires_)
            if (wire->number == number) deliver(wire, std::move(frames));
    }
    template <class Message>
    void say_to_all(FakePool& pool, const Message& message) {
        for (const auto& wire : wires_)
            if (wire->pool == &pool && !wire->is_over) deliver(wire, sv2::encode(message));
    }

  private:
    struct Wire {
        PoolLink::Callbacks callbacks{};
        FakePool* pool{};
        int number{};
        bool is_over{};

        void close(std::string_view reason, std::string why) {
            if (std::exchange(is_over, true)) return;
            if (pool != nullptr) pool->connections.erase(number);
            callbacks.on_closed(reason, std::move(why));
        }
    };
    class Link final : public PoolLink {
      public:
        Link(FakeDialer& dialer, std::shared_ptr<Wire> wire)
            : dialer_(dialer), wire_(std::move(wire)) {}
        ~Link() override {
            wire_->is_over = true;
            if (wire_->pool != nullptr) wire_->pool->connections.erase(wire_->number);
        }
        Link(const Link&) = delete;
        Link& operator=(const Link&) = delete;
        void send(base::ByteView frames) override {
            if (wire_->is_over) return;
            dialer_.later(
                wire_, [&dialer = dialer_, wire = wire_, sent = base::to_bytes(frames)](Wire& one) {
                    base::Bytes answer;
                    one.pool->on_frames(one.number, sent, answer);
                    if (!answer.empty()) dialer.deliver(wire, std::move(answer));
                });
        }
        std::size_t unread() const override { return 0; }
        void check(base::SteadyTime) override {}

      private:
        FakeDialer& dialer_;
        std::shared_ptr<Wire> wire_;
    };

    template <class Act>
    void later(std::shared_ptr<Wire> wire, Act act) {
        boost::asio::post(loop_, [wire = std::move(wire), act = std::move(act)] {
            if (!wire->is_over) act(*wire);
        });
    }
    void deliver(const std::shared_ptr<Wire>& wire, base::Bytes bytes) {
        later(wire, [kept = std::move(bytes)](Wire& one) {
            base::ByteView frames{kept};
            while (!frames.empty() && !one.is_over) {
                const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
                const auto whole = sv2::frame_header_size + header.payload_size;
                one.callbacks.on_frame(header,
                                       frames.subspan(sv2::frame_header_size, header.payload_size));
                frames = frames.subspan(whole);
            }
        });
    }

    boost::asio::io_context& loop_;
    int last_ = 0;
    std::vector<std::shared_ptr<Wire>> wires_{};
};

}  // namespace translator
