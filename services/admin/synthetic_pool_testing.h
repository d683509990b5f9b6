#pragma once

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "bitcoin/difficulty.h"
#include "bus/codec.h"
#include "share_log/record.h"

namespace admin {

/// The share log of a pool with many channels, each a worker of its own, that all find shares at
/// the same rate: for tests and measurements. The same settings give the same records.
class SyntheticPool {
  public:
    struct Settings {
        std::uint32_t channels = 100'000;
        std::uint32_t workers_in_identity = 10;
        std::uint32_t partitions = 16;
        std::uint32_t gateways = 4;
        double shares_per_second = 10'000;
        std::size_t shares_in_record = 256;
    };
    struct Entry {
        std::uint32_t partition = 0;
        std::string record{};
        std::string duplicates{};
    };

    explicit SyntheticPool(Settings settings, std::uint64_t seed = 1)
        : settings_(settings), random_(seed) {}

    /// Difficulty 65536.
    static bitcoin::Target target() {
        return bitcoin::target_of(bitcoin::Difficulty{std::uint64_t{1} << 48});
    }
    double hash_rate_of_each() const {
        return bitcoin::expected_hashes(target()) * settings_.shares_per_second /
               settings_.channels;
    }

    std::vector<Entry> opens() {
        std::vector<Entry> entries;
        for (std::uint32_t group = 0; group < groups(); ++group) {
            auto made = begin(group);
            for (auto i = group; i < settings_.channels; i += groups()) {
                bus::ChannelOpen open;
                open.key = key(i);
                open.kind = mining::ChannelKind::extended;
                open.user_identity = user_identity(i);
                open.nominal_hash_rate = static_cast<float>(hash_rate_of_each());
                open.max_target = bitcoin::target_max();
                open.extranonce_size = 8;
                made.result.opens.push_back({open.key, "", target(), {}});
                made.batch.events.push_back({0, std::move(open)});
            }
            entries.push_back(finish(std::move(made)));
        }
        return entries;
    }

    /// What is found in the time from `from` on, some of it stale.
    std::vector<Entry> shares(base::UnixMicros from, std::chrono::microseconds time) {
        const auto count = static_cast<std::size_t>(settings_.shares_per_second *
                                                    std::chrono::duration<double>{time}.count());
        std::vector<std::vector<std::uint32_t>> by_group(groups());
        for (std::size_t i = 0; i < count; ++i) {
            const auto channel =
                static_cast<std::uint32_t>(random_.next_u64() % settings_.channels);
            by_group[channel % groups()].push_back(channel);
        }
        std::vector<Entry> entries;
        for (std::uint32_t group = 0; group < groups(); ++group) {
            const auto& found = by_group[group];
            for (std::size_t first = 0; first < found.size(); first += settings_.shares_in_record) {
                auto made = begin(group);
                const auto last = std::min(found.size(), first + settings_.shares_in_record);
                for (auto i = first; i < last; ++i)
                    add_share(made, found[i],
                              from + time * static_cast<std::int64_t>(i) /
                                         static_cast<std::int64_t>(found.size()));
                entries.push_back(finish(std::move(made)));
            }
        }
        return entries;
    }

    mining::ChannelKey key(std::uint32_t channel) const {
        return *mining::ChannelKey::of(mining::Epoch{1 + channel % groups() / settings_.partitions},
                                       channel);
    }
    std::string user_identity(std::uint32_t channel) const {
        return "account" + std::to_string(channel / settings_.workers_in_identity) + ".rig" +
               std::to_string(channel % settings_.workers_in_identity);
    }

  private:
    struct Made {
        bus::Batch batch{};
        bus::Result result{};
        std::map<std::uint32_t, std::uint32_t> jobs{};
        std::vector<share_log::ShareHash> hashes{};
    };
    /// A gateway's part of a partition.
    std::uint32_t groups() const { return settings_.partitions * settings_.gateways; }

    Made begin(std::uint32_t group) {
        Made made;
        made.batch.epoch = made.result.epoch = mining::Epoch{1 + group / settings_.partitions};
        made.batch.partition = made.result.partition = bus::Partition{group % settings_.partitions};
        made.batch.sequence = made.result.sequence = ++sequence_;
        return made;
    }

    void add_share(Made& made, std::uint32_t channel, base::UnixMicros at) {
        const auto [job, is_new] =
            made.jobs.try_emplace(channel, static_cast<std::uint32_t>(made.batch.jobs.size()));
        if (is_new) {
            bus::Job record;
            record.channel = static_cast<std::uint32_t>(made.batch.channels.size());
            record.record.channel = key(channel);
            record.record.kind = mining::ChannelKind::extended;
            record.record.template_ref = template_ref();
            record.record.extranonce_size = 8;
            record.record.extranonce_prefix = *mining::Extranonce::from(key(channel).to_bytes());
            record.record.target = target();
            made.batch.channels.push_back(
                {key(channel), mining::ChannelKind::extended, user_identity(channel), 8});
            made.batch.jobs.push_back(record);
        }
        bus::Share share;
        share.job = job->second;
        share.submitted.sequence_number = sequence_++ & 0xffffffff;
        share.submitted.received_at = at;
        made.batch.shares.push_back(std::move(share));
        bus::Verdict verdict;
        if (random_.next_u64() % 100 == 0)
            verdict.error = mining::ShareError::stale_share;
        else
            verdict.difficulty = bitcoin::difficulty_of(target());
        made.result.verdicts.push_back(verdict);
        made.hashes.emplace_back(bitcoin::BlockHash{});
    }

    static mining::TemplateRef template_ref() { return *mining::TemplateRef::of({7}, 9); }

    static Entry finish(Made made) {
        share_log::TemplateFacts facts;
        facts.ref = template_ref();
        facts.nbits = 0x1702c070;
        facts.network_target = *bitcoin::expand_nbits(facts.nbits);
        const auto bytes = bus::decode_to_worker(bus::encode(made.batch))->batch_bytes;
        return {made.batch.partition.value,
                share_log::encode_record(bytes, made.result, made.hashes, std::vector{facts}, {}),
                std::string(made.batch.shares.size(), '\0')};
    }

    Settings settings_;
    base::SeededRandom random_;
    std::uint32_t sequence_ = 0;
};

}  // namespace admin
