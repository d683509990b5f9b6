#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "translator/channels.h"

namespace translator {

/// A pool that opens every channel, with the easiest target, and accepts every share.
class FakeChannels final : public Channels {
  public:
    explicit FakeChannels(boost::asio::io_context& loop) : loop_(loop) {}

    ChannelHandle open(const OpenTerms& terms, ChannelListener& listener) override {
        const ChannelHandle handle{++last_handle_};
        users.push_back(terms.user);
        open_.emplace(handle.value, Open{.listener = &listener, .prefix = prefix_of(handle)});
        later(handle, [this](ChannelHandle to) {
            const auto& channel = open_.at(to.value);
            channel.listener->on_terms({.extranonce_prefix = channel.prefix,
                                        .extranonce_size = extranonce_bytes,
                                        .target = bitcoin::target_max()});
            give_job(to, true);
        });
        return handle;
    }
    void update(ChannelHandle, double, const bitcoin::Target&) override {}
    void close(ChannelHandle channel) override { open_.erase(channel.value); }
    std::optional<ShareTicket> submit(ChannelHandle channel, const ChannelShare&) override {
        const ShareTicket ticket{++last_ticket_};
        ++shares;
        later(channel, [this, ticket](ChannelHandle to) {
            open_.at(to.value).listener->on_verdict(ticket, Verdict::accepted, "");
        });
        return ticket;
    }
    std::optional<base::SteadyTime::duration> verdict_time(ChannelHandle) const override {
        return std::nullopt;
    }
    std::optional<std::size_t> extranonce_size() const override { return extranonce_bytes; }
    bool is_served() const override { return true; }
    base::SteadyTime unserved_since() const override { return {}; }

    /// A new tip, for everybody, now.
    void new_tip() {
        auto next = std::make_shared<Tip>(*tip_);
        next->prev_hash.value.bytes[0] ^= 1;
        tip_ = std::move(next);
        std::vector<std::uint64_t> handles;
        for (const auto& [handle, channel] : open_) handles.push_back(handle);
        for (const auto handle : handles)
            if (open_.contains(handle)) give_job({handle}, true);
    }
    /// Another job of the same tip.
    void refresh() {
        std::vector<std::uint64_t> handles;
        for (const auto& [handle, channel] : open_) handles.push_back(handle);
        for (const auto handle : handles)
            if (open_.contains(handle)) give_job({handle}, false);
    }
    std::size_t channels() const { return open_.size(); }

    std::size_t shares = 0;
    std::vector<std::string> users{};

  private:
    struct Open {
        ChannelListener* listener{};
        std::shared_ptr<const base::Bytes> prefix{};
    };
    static constexpr std::size_t extranonce_bytes = 12;

    static std::shared_ptr<const base::Bytes> prefix_of(ChannelHandle handle) {
        base::Bytes prefix;
        base::append_le(prefix, handle.value);
        return std::make_shared<const base::Bytes>(std::move(prefix));
    }
    template <class Act>
    void later(ChannelHandle handle, Act act) {
        boost::asio::post(loop_, [this, handle, act] {
            if (open_.contains(handle.value)) act(handle);
        });
    }
    void give_job(ChannelHandle handle, bool is_clean) {
        const auto& channel = open_.at(handle.value);
        channel.listener->on_job({.id = ++last_job_,
                                  .parts = parts_,
                                  .tip = tip_,
                                  .min_ntime = tip_->min_ntime,
                                  .target = bitcoin::target_max(),
                                  .extranonce_prefix = channel.prefix,
                                  .extranonce_size = extranonce_bytes,
                                  .is_clean = is_clean});
    }

    boost::asio::io_context& loop_;
    std::map<std::uint64_t, Open> open_{};
    std::uint64_t last_handle_{};
    std::uint64_t last_job_{};
    std::uint64_t last_ticket_{};
    // A coinbase of 1 KiB and a busy block's merkle path.
    std::shared_ptr<const JobParts> parts_ = std::make_shared<const JobParts>(
        JobParts{.version = 0x20000000,
                 .may_roll_version = true,
                 .coinbase_prefix = base::Bytes(100, std::byte{1}),
                 .coinbase_suffix = base::Bytes(900, std::byte{2}),
                 .merkle_path = std::vector<bitcoin::Uint256>(12)});
    std::shared_ptr<const Tip> tip_ = std::make_shared<const Tip>(
        Tip{.nbits = 0x207fffff, .min_ntime = 1'700'000'000, .since = base::SteadyTime{}});
};

}  // namespace translator
