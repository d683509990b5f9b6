#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/hex.h"
#include "base/random.h"
#include "service/metrics.h"
#include "sv1/difficulty.h"
#include "sv1/parser.h"
#include "translator/miner_context.h"
#include "translator/miner_outlet.h"
#include "translator/miner_session.h"

/// For tests: pools that do as they are told, and a miner's end of its connection.
namespace translator::testing {

inline std::shared_ptr<const base::Bytes> shared_bytes(std::string_view hex) {
    return std::make_shared<const base::Bytes>(base::from_hex(hex).value());
}

/// A target that so many hashes meet.
inline bitcoin::Target easy_target() {
    auto target = bitcoin::target_max();
    target.value.bytes[31] = 0x0f;
    return target;
}

inline std::shared_ptr<JobParts> some_parts() {
    auto parts = std::make_shared<JobParts>();
    parts->version = 0x20000000;
    parts->may_roll_version = true;
    parts->coinbase_prefix = base::from_hex("02000000010000000000ffffffff1203abcdef").value();
    parts->coinbase_suffix = base::from_hex("feffffff0100f2052a01000000015100000000").value();
    parts->merkle_path.resize(2);
    parts->merkle_path[0].bytes[0] = 0x11;
    parts->merkle_path[1].bytes[31] = 0x22;
    return parts;
}

/// Opens channels when told to, and keeps what is submitted.
class FakeChannels final : public Channels {
  public:
    struct Channel {
        OpenTerms asked{};
        ChannelListener* listener{};
        int updates{};
    };
    struct Share {
        ChannelHandle channel{};
        ShareTicket ticket{};
        std::uint64_t job_id{};
        std::uint32_t nonce{};
        std::uint32_t ntime{};
        std::uint32_t version{};
        base::Bytes extranonce{};
        std::string worker{};
    };

    explicit FakeChannels(const base::Clock& clock) : clock_(clock) {}

    ChannelHandle open(const OpenTerms& terms, ChannelListener& listener) override {
        channels[++last_handle_] = {terms, &listener, 0};
        return {last_handle_};
    }
    void update(ChannelHandle channel, double hps, const bitcoin::Target& max_target) override {
        auto& updated = channels.at(channel.value);
        updated.asked.nominal_hash_rate_hps = hps;
        updated.asked.max_target = max_target;
        ++updated.updates;
    }
    void close(ChannelHandle channel) override {
        EXPECT_EQ(channels.erase(channel.value), 1U);
        ++closed;
    }
    std::optional<ShareTicket> submit(ChannelHandle channel, const ChannelShare& share) override {
        EXPECT_TRUE(channels.contains(channel.value));
        if (takes_nothing) return std::nullopt;
        shares.push_back({channel,
                          {++last_ticket_},
                          share.job_id,
                          share.nonce,
                          share.ntime,
                          share.version,
                          base::to_bytes(share.extranonce),
                          std::string{share.worker}});
        return shares.back().ticket;
    }
    std::optional<base::SteadyTime::duration> verdict_time(ChannelHandle) const override {
        return usual_verdict_time;
    }
    std::optional<std::size_t> extranonce_size() const override { return known_extranonce_size; }
    bool is_served() const override { return !unserved; }
    base::SteadyTime unserved_since() const override {
        return unserved.value_or(clock_.steady_now());
    }

    // What a pool does.

    ChannelHandle last() const { return {channels.rbegin()->first}; }
    ChannelListener& listener(ChannelHandle channel) {
        return *channels.at(channel.value).listener;
    }
    void grant(ChannelHandle channel) {
        const auto asked = channels.at(channel.value).asked.min_extranonce_size;
        listener(channel).on_terms({.extranonce_prefix = prefix,
                                    .extranonce_size = granted_size.value_or(asked),
                                    .target = target,
                                    .is_version_fixed = is_version_fixed});
    }
    /// The current job, for this channel.
    void give_job(ChannelHandle channel, bool is_clean) {
        const auto asked = channels.at(channel.value).asked.min_extranonce_size;
        listener(channel).on_job({.id = ++last_job,
                                  .parts = parts,
                                  .tip = tip,
                                  .min_ntime = tip->min_ntime,
                                  .target = target,
                                  .extranonce_prefix = prefix,
                                  .extranonce_size = granted_size.value_or(asked),
                                  .is_clean = is_clean});
    }
    void serve(ChannelHandle channel) {
        grant(channel);
        give_job(channel, true);
    }
    void refuse(ChannelHandle channel, std::string_view code) {
        auto& refused = listener(channel);
        channels.erase(channel.value);
        refused.on_refused(code);
    }
    const OpenTerms& asked() const { return channels.rbegin()->second.asked; }
    void new_tip() {
        auto next = *tip;
        ++next.prev_hash.value.bytes[0];
        next.since = clock_.steady_now();
        tip = std::make_shared<const Tip>(next);
    }
    void new_parts() { parts = std::make_shared<JobParts>(*parts); }
    void verdict(ShareTicket ticket, Verdict verdict, std::string_view code = {}) {
        const auto share = std::ranges::find(shares, ticket, &Share::ticket);
        listener(share->channel).on_verdict(ticket, verdict, code);
    }

    std::map<std::uint64_t, Channel> channels{};
    std::vector<Share> shares{};
    int closed{};
    bool takes_nothing{};
    std::optional<base::SteadyTime::duration> usual_verdict_time{};
    std::optional<std::size_t> known_extranonce_size{};
    std::optional<base::SteadyTime> unserved{};

    std::shared_ptr<const base::Bytes> prefix{shared_bytes("aabbccdd")};
    std::optional<std::size_t> granted_size{};  ///< what was asked for, if nothing
    bool is_version_fixed{};
    bitcoin::Target target{easy_target()};
    std::shared_ptr<JobParts> parts{some_parts()};
    std::shared_ptr<const Tip> tip{std::make_shared<const Tip>(
        Tip{.prev_hash = {}, .nbits = 0x1d00ffff, .min_ntime = 1'700'000'000, .since = {}})};
    std::uint64_t last_job{};

  private:
    const base::Clock& clock_;
    std::uint64_t last_handle_{};
    std::uint64_t last_ticket_{};
};

/// The miner's end: what it reads, line by line.
class FakeOutlet final : public MinerOutlet {
  public:
    std::string& lines() override { return text_; }
    void flush_soon() override {}
    bool is_backed_up() const override { return backed_up; }
    void close(std::string_view reason) override {
        EXPECT_FALSE(closed) << "closed twice: " << reason;
        closed = reason;
    }

    /// All lines since the last call.
    std::vector<std::string> take() {
        std::vector<std::string> taken;
        std::size_t begin = 0;
        for (auto end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', begin)) {
            taken.push_back(text_.substr(begin, end - begin));
            begin = end + 1;
        }
        EXPECT_EQ(begin, text_.size()) << "half a line: " << text_.substr(begin);
        text_.clear();
        return taken;
    }

    bool backed_up{};
    std::optional<std::string> closed{};

  private:
    std::string text_{};
};

/// What all miners of a test share.
class Scene : public ::testing::Test {
  protected:
    void advance(std::chrono::milliseconds by) {
        clock.advance(by);
        context().on_time();
    }
    /// Made at the first use, so that a test can change the settings before.
    MinerContext& context() {
        if (!context_) context_.emplace(channels, settings, metrics, random, clock);
        return *context_;
    }

    base::ManualClock clock{};
    base::SeededRandom random{7};
    service::Registry registry{"translator", "test"};
    MinerMetrics metrics{registry};
    MinerSettings settings{};
    FakeChannels channels{clock};
    sv1::Parser parser{};

  private:
    std::optional<MinerContext> context_{};
};

/// One miner of a scene.
class Miner {
  public:
    Miner(MinerContext& context, sv1::Parser& parser)
        : parser_(parser), session(std::make_unique<MinerSession>(context, outlet, "test")) {}

    /// Says a line, and what has been answered and pushed since the last time.
    std::vector<std::string> say(std::string_view line) {
        const auto message = parser_.parse(line);
        if (message)
            session->on_line(*message);
        else
            session->on_bad_line(message.error());
        return outlet.take();
    }
    std::vector<std::string> heard() { return outlet.take(); }
    void hang_up() {
        session->on_end();
        session.reset();
    }

    FakeOutlet outlet{};

  private:
    sv1::Parser& parser_;

  public:
    std::unique_ptr<MinerSession> session;
};

}  // namespace translator::testing
