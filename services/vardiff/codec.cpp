#include "vardiff/codec.h"

#include <cmath>
#include <utility>

#include "rpc/template_codec.h"

namespace vardiff {
namespace {

namespace proto = adit::vardiff::v1;

constexpr std::size_t identity_size_max = 255;  // Sv2 STR0_255
constexpr std::chrono::seconds false_change_min = std::chrono::minutes{10};
constexpr std::chrono::seconds false_change_max = std::chrono::hours{24 * 365};

std::string bytes_of(const bitcoin::Target& target) {
    return rpc::write_uint256(target.value);
}

std::optional<bitcoin::Target> target_from(const std::string& bytes) {
    const auto value = rpc::read_uint256(bytes);
    if (!value) return std::nullopt;
    return bitcoin::Target{*value};
}

proto::Policy to_proto(const retarget::Policy& policy) {
    proto::Policy message;
    message.set_shares_per_minute(policy.shares_per_minute);
    message.set_false_change_seconds(static_cast<std::uint64_t>(policy.false_change_every.count()));
    message.set_powers_of_two(policy.powers_of_two);
    return message;
}

retarget::Policy from_proto(const proto::Policy& message) {
    return {.shares_per_minute = message.shares_per_minute(),
            .false_change_every = std::chrono::seconds{message.false_change_seconds()},
            .powers_of_two = message.powers_of_two()};
}

/// Empty where it is allowed.
std::string refusal(const retarget::Policy& policy) {
    if (!(policy.shares_per_minute >= retarget::shares_per_minute_min &&
          policy.shares_per_minute <= retarget::shares_per_minute_max))
        return "shares_per_minute is not within 0.1 and 1200";
    if (policy.false_change_every < false_change_min ||
        policy.false_change_every > false_change_max)
        return "false_change_seconds is not within ten minutes and a year";
    return {};
}

std::string refusal(const PolicySet& set) {
    if (auto why = refusal(set.common); !why.empty()) return why;
    for (const auto& [identity, policy] : set.by_identity)
        if (auto why = refusal(policy); !why.empty()) return identity + ": " + why;
    if (set.bounds.hardest > set.bounds.easiest)
        return "hardest_target is easier than easiest_target";
    if (set.by_identity.size() > identities_max) return "too many identities have their own policy";
    return {};
}

proto::Decided::Reason to_proto(retarget::Reason reason) {
    switch (reason) {
        case retarget::Reason::silent: return proto::Decided::REASON_SILENT;
        case retarget::Reason::fell: return proto::Decided::REASON_FELL;
        case retarget::Reason::rose: return proto::Decided::REASON_ROSE;
        case retarget::Reason::settled: return proto::Decided::REASON_SETTLED;
        case retarget::Reason::recanted: return proto::Decided::REASON_RECANTED;
    }
    return proto::Decided::REASON_UNSPECIFIED;
}

retarget::Reason from_proto(proto::Decided::Reason reason) {
    switch (reason) {
        case proto::Decided::REASON_SILENT: return retarget::Reason::silent;
        case proto::Decided::REASON_FELL: return retarget::Reason::fell;
        case proto::Decided::REASON_ROSE: return retarget::Reason::rose;
        case proto::Decided::REASON_RECANTED: return retarget::Reason::recanted;
        default: return retarget::Reason::settled;
    }
}

struct ToProto {
    proto::HistoryEntry& message;

    void operator()(const Opened& what) const {
        message.mutable_opened()->set_nominal_hash_rate(what.nominal_hash_rate);
        message.mutable_opened()->set_target(bytes_of(what.target));
    }
    void operator()(const Found& what) const {
        message.mutable_found()->set_target(bytes_of(what.target));
    }
    void operator()(const Decided& what) const {
        auto& decided = *message.mutable_decided();
        decided.set_reason(to_proto(what.change.reason));
        decided.set_hash_rate_before(what.change.hash_rate_before);
        decided.set_hash_rate(what.change.hash_rate);
        decided.set_shares(what.change.shares);
        decided.set_expected(what.change.expected);
        decided.set_target(bytes_of(what.target));
    }
    void operator()(const Rebased& what) const {
        message.mutable_rebased()->set_target(bytes_of(what.target));
    }
    void operator()(const Restated& what) const {
        message.mutable_restated()->set_nominal_hash_rate(what.nominal_hash_rate);
    }
    void operator()(const Applied& what) const {
        message.mutable_applied()->set_target(bytes_of(what.target));
    }
};

proto::HistoryEntry to_proto(const HistoryEntry& entry) {
    proto::HistoryEntry message;
    message.set_at_us(entry.at.time_since_epoch().count());
    std::visit(ToProto{message}, entry.what);
    return message;
}

std::optional<HistoryEntry> from_proto(const proto::HistoryEntry& message) {
    HistoryEntry entry{.at = base::UnixMicros{std::chrono::microseconds{message.at_us()}},
                       .what = {}};
    const auto with = [&](const std::string& bytes, auto make) -> std::optional<HistoryEntry> {
        const auto target = target_from(bytes);
        if (!target) return std::nullopt;
        entry.what = make(*target);
        return entry;
    };
    using bitcoin::Target;
    switch (message.what_case()) {
        case proto::HistoryEntry::kOpened:
            return with(message.opened().target(), [&](const Target& target) {
                return Opened{message.opened().nominal_hash_rate(), target};
            });
        case proto::HistoryEntry::kFound:
            return with(message.found().target(),
                        [](const Target& target) { return Found{target}; });
        case proto::HistoryEntry::kDecided:
            return with(message.decided().target(), [&](const Target& target) {
                const auto& decided = message.decided();
                return Decided{{.reason = from_proto(decided.reason()),
                                .hash_rate_before = decided.hash_rate_before(),
                                .hash_rate = decided.hash_rate(),
                                .shares = decided.shares(),
                                .expected = decided.expected()},
                               target};
            });
        case proto::HistoryEntry::kRebased:
            return with(message.rebased().target(),
                        [](const Target& target) { return Rebased{target}; });
        case proto::HistoryEntry::kRestated:
            entry.what = Restated{message.restated().nominal_hash_rate()};
            return entry;
        case proto::HistoryEntry::kApplied:
            return with(message.applied().target(),
                        [](const Target& target) { return Applied{target}; });
        case proto::HistoryEntry::WHAT_NOT_SET: break;
    }
    return std::nullopt;
}

void write_track(proto::ChannelState& message, const retarget::Track::State& state) {
    message.set_until_us(state.until.time_since_epoch().count());
    message.set_hash_rate(state.hash_rate);
    message.set_aimed(state.aimed);
    message.set_hashes_per_share(state.hashes_per_share);
    message.set_has_changed(state.has_changed);
    for (const auto& chart : state.evidence.charts())
        for (const double value : {chart.statistic, chart.shares, chart.expected})
            message.add_charts(value);
    message.set_due_since_share(state.evidence.due_since_share());
    const auto& estimate = state.estimate;
    for (const double value : {estimate.shares, estimate.expected, estimate.next_look})
        message.add_estimate(value);
    const auto& doubted = state.doubted;
    for (const double value :
         {doubted.hash_rate, doubted.aimed, doubted.shares, doubted.speaks_for_it})
        message.add_doubted(value);
    message.set_doubted_has_changed(doubted.has_changed);
}

std::optional<retarget::Track> read_track(const proto::ChannelState& message) {
    if (message.charts_size() != static_cast<int>(3 * retarget::chart_count) ||
        message.estimate_size() != 3 || message.doubted_size() != 4 || !(message.hash_rate() > 0) ||
        !(message.aimed() > 0) || !(message.hashes_per_share() > 0))
        return std::nullopt;
    retarget::Evidence::Charts charts{};
    for (std::size_t i = 0; i < charts.size(); ++i) {
        const auto at = static_cast<int>(3 * i);
        charts[i] = {.statistic = message.charts(at),
                     .shares = message.charts(at + 1),
                     .expected = message.charts(at + 2)};
    }
    return retarget::Track{
        {.until = base::UnixMicros{std::chrono::microseconds{message.until_us()}},
         .hash_rate = message.hash_rate(),
         .aimed = message.aimed(),
         .hashes_per_share = message.hashes_per_share(),
         .has_changed = message.has_changed(),
         .evidence = retarget::Evidence{charts, message.due_since_share()},
         .estimate = {.shares = message.estimate(0),
                      .expected = message.estimate(1),
                      .next_look = message.estimate(2)},
         .doubted = {.hash_rate = message.doubted(0),
                     .aimed = message.doubted(1),
                     .shares = message.doubted(2),
                     .has_changed = message.doubted_has_changed(),
                     .speaks_for_it = message.doubted(3)}}};
}

std::optional<ChannelTrack> read_channel(const proto::ChannelState& message) {
    const auto max_target = target_from(message.max_target());
    const auto target = target_from(message.target());
    auto track = read_track(message);
    if (!max_target || !target || !track) return std::nullopt;
    ChannelTrack channel{.user_identity = message.user_identity(),
                         .max_target = *max_target,
                         .nominal_hash_rate = message.nominal_hash_rate(),
                         .target = *target,
                         .proposed = {},
                         .track = *track,
                         .history = {},
                         .foreign_for = {}};
    if (message.has_proposed()) {
        channel.proposed = target_from(message.proposed());
        if (!channel.proposed) return std::nullopt;
    }
    for (const auto& entry : message.history()) {
        // Of a later version, which had the partition meanwhile: it explains what was decided, and
        // decides nothing.
        if (entry.what_case() == proto::HistoryEntry::WHAT_NOT_SET) continue;
        auto read = from_proto(entry);
        if (!read) return std::nullopt;
        channel.history.push_back(std::move(*read));
    }
    return channel;
}

}  // namespace

proto::PolicySet to_proto(const PolicySet& set) {
    proto::PolicySet message;
    message.set_version(set.version);
    *message.mutable_common() = to_proto(set.common);
    message.set_hardest_target(bytes_of(set.bounds.hardest));
    message.set_easiest_target(bytes_of(set.bounds.easiest));
    for (const auto& [identity, policy] : set.by_identity)
        (*message.mutable_by_identity())[identity] = to_proto(policy);
    return message;
}

std::optional<PolicySet> from_proto(const proto::PolicySet& message) {
    const auto hardest = target_from(message.hardest_target());
    const auto easiest = target_from(message.easiest_target());
    if (!hardest || !easiest) return std::nullopt;
    PolicySet set{.version = message.version(),
                  .common = from_proto(message.common()),
                  .bounds = {.hardest = *hardest, .easiest = *easiest},
                  .by_identity = {}};
    for (const auto& [identity, policy] : message.by_identity())
        set.by_identity.emplace(identity, from_proto(policy));
    if (!refusal(set).empty()) return std::nullopt;
    return set;
}

base::Result<PolicySet, std::string> changed(const PolicySet& before,
                                             const proto::SetPolicyRequest& request) {
    auto set = before;
    ++set.version;
    const auto& identity = request.user_identity();
    if (identity.size() > identity_size_max)
        return base::unexpected(std::string{"user_identity is longer than 255 bytes"});
    if (request.remove()) {
        if (set.by_identity.erase(identity) == 0)
            return base::unexpected("\"" + identity + "\" has no policy of its own");
        return set;
    }
    auto& policy = identity.empty()
                       ? set.common
                       : set.by_identity.try_emplace(identity, set.common).first->second;
    if (request.has_shares_per_minute()) policy.shares_per_minute = request.shares_per_minute();
    if (request.has_powers_of_two()) policy.powers_of_two = request.powers_of_two();
    if (request.has_false_change_seconds()) {
        // Before it is converted, which may not go beyond what seconds can hold.
        if (request.false_change_seconds() > static_cast<std::uint64_t>(false_change_max.count()))
            return base::unexpected(refusal({.false_change_every = std::chrono::seconds{0}}));
        policy.false_change_every = std::chrono::seconds{request.false_change_seconds()};
    }
    for (const auto& [has, bytes, bound] :
         {std::tuple{request.has_hardest_target(), &request.hardest_target(), &set.bounds.hardest},
          std::tuple{request.has_easiest_target(), &request.easiest_target(),
                     &set.bounds.easiest}}) {
        if (!has) continue;
        if (!identity.empty())
            return base::unexpected(std::string{"bounds are the same for every identity"});
        const auto target = target_from(*bytes);
        if (!target) return base::unexpected(std::string{"a target does not have 32 bytes"});
        *bound = *target;
    }
    if (auto why = refusal(set); !why.empty()) return base::unexpected(std::move(why));
    return set;
}

proto::ExplainResponse explain(const ChannelTrack& channel, const Terms& terms) {
    proto::ExplainResponse response;
    response.set_user_identity(channel.user_identity);
    response.set_target(bytes_of(channel.target));
    if (channel.proposed) response.set_proposed_target(bytes_of(*channel.proposed));
    response.set_max_target(bytes_of(channel.max_target));
    response.set_hash_rate(channel.track.hash_rate());
    response.set_aimed_hash_rate(channel.track.aimed_hash_rate());
    *response.mutable_policy() = to_proto(terms.policy);
    const auto& charts = channel.track.state().evidence.charts();
    for (std::size_t i = 0; i < charts.size(); ++i) {
        auto& chart = *response.add_charts();
        chart.set_ratio(retarget::ratios[i]);
        chart.set_statistic(charts[i].statistic);
        chart.set_threshold(terms.rules.thresholds[i]);
        chart.set_shares(charts[i].shares);
        chart.set_expected(charts[i].expected);
    }
    for (const auto& entry : channel.history) *response.add_history() = to_proto(entry);
    return response;
}

std::string encode_checkpoint(const share_log::Position& position, const ChannelBook& book) {
    proto::Checkpoint message;
    message.set_format(1);
    message.set_position_id(position.id);
    message.set_position_bytes(position.bytes);
    for (const auto& [epoch, at] : book.heard()) {
        auto& gateway = *message.add_gateways();
        gateway.set_epoch(epoch.value);
        gateway.set_heard_at_us(at.time_since_epoch().count());
    }
    for (const auto& [key, channel] : book.channels()) {
        auto& state = *message.add_channels();
        state.set_key(key.value);
        state.set_user_identity(channel.user_identity);
        state.set_nominal_hash_rate(channel.nominal_hash_rate);
        state.set_max_target(bytes_of(channel.max_target));
        state.set_target(bytes_of(channel.target));
        if (channel.proposed) state.set_proposed(bytes_of(*channel.proposed));
        write_track(state, channel.track.state());
        for (const auto& entry : channel.history) *state.add_history() = to_proto(entry);
    }
    return message.SerializeAsString();
}

std::optional<Checkpoint> decode_checkpoint(std::string_view text) {
    proto::Checkpoint message;
    if (!message.ParseFromArray(text.data(), static_cast<int>(text.size()))) return std::nullopt;
    if (message.format() != 1 || message.position_id().empty()) return std::nullopt;
    Checkpoint checkpoint{
        .position = {.id = message.position_id(), .bytes = message.position_bytes()},
        .channels = {},
        .heard = {}};
    for (const auto& gateway : message.gateways())
        checkpoint.heard.emplace(
            mining::Epoch{gateway.epoch()},
            base::UnixMicros{std::chrono::microseconds{gateway.heard_at_us()}});
    for (const auto& state : message.channels()) {
        auto channel = read_channel(state);
        if (!channel) return std::nullopt;
        checkpoint.channels.emplace(mining::ChannelKey{state.key()}, std::move(*channel));
    }
    return checkpoint;
}

}  // namespace vardiff
