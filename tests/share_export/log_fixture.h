#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "bus/codec.h"
#include "ledger/fixture.h"
#include "mining/records_testing.h"
#include "share_export/share_row.h"

namespace share_export {

/// A ledger of two partitions with random batches, and what an export of it must have.
class ExportTest : public ledger::LedgerTest {
  protected:
    static constexpr std::uint32_t partitions = 2;

    bus::Batch random_batch(std::uint32_t partition) {
        bus::Batch batch;
        batch.epoch = mining::Epoch{1 + partition};
        batch.partition = bus::Partition{partition};
        batch.sequence = ++sequences_[partition];
        const char* names[] = {"alice.rig1", "alice.rig2", "bob", "eve,\"\t\\"};
        for (std::uint32_t i = 0; i < 4; ++i) {
            auto record = mining::some_record();
            record.channel = *mining::ChannelKey::of(batch.epoch, i);
            batch.channels.push_back({record.channel, record.kind, names[i], 8});
            batch.jobs.push_back({i, record});
        }
        for (auto left = below(6); left > 0; --left) {
            bus::Share share;
            share.job = static_cast<std::uint32_t>(below(4));
            share.submitted = mining::some_share();
            share.submitted.nonce = static_cast<std::uint32_t>(random_.next_u64());
            share.submitted.received_at =
                clock_.unix_now() - std::chrono::microseconds{below(9'999)};
            if (below(4) == 0) share.worker = "board";
            batch.shares.push_back(share);
        }
        return batch;
    }

    /// So many batches into random partitions, some of their shares duplicates.
    void write(std::uint64_t batches) {
        for (; batches > 0; --batches) {
            const auto partition = static_cast<std::uint32_t>(below(partitions));
            const auto batch = random_batch(partition);
            bus::Result result{batch.epoch, batch.partition, batch.sequence, {}, {}, {}};
            std::vector<share_log::ShareHash> hashes;
            ledger::Commit what;
            what.epoch = batch.epoch;
            what.partition = partition;
            what.sequence = batch.sequence;
            what.live_tips = {ledger::tip_a};
            what.shares = static_cast<std::uint32_t>(batch.shares.size());
            for (std::uint32_t i = 0; i < what.shares; ++i) {
                auto& verdict = result.verdicts.emplace_back();
                if (below(4) == 0) {
                    verdict.error = mining::ShareError::stale_share;
                    hashes.emplace_back();
                    continue;
                }
                verdict.difficulty = bitcoin::Difficulty{random_.next_u64()};
                verdict.solves_block = below(50) == 0;
                const auto hash = ledger::hash_of(static_cast<std::uint32_t>(below(40'000)));
                hashes.emplace_back(hash);
                what.credited.push_back({i, ledger::tip_a, hash});
            }
            what.outcome = bus::encode_result(result);
            const std::vector templates{share_log::facts_of(mining::some_template())};
            what.record =
                share_log::encode_record(bus::decode_to_worker(bus::encode(batch))->batch_bytes,
                                         result, hashes, templates, bus::WorkerId{9});
            // Redis may be away; a batch that comes again is the same batch.
            bool is_committed = false;
            for (int tries = 0; tries < 100 && !is_committed; ++tries)
                is_committed = commit(what).has_value();
            ASSERT_TRUE(is_committed);
        }
    }

    /// Every share of the ledger, by partition and place.
    std::vector<ShareRow> ledger_rows() {
        std::vector<ShareRow> rows;
        for (std::uint32_t partition = 0; partition < partitions; ++partition) {
            const auto entries = server_.run({"XRANGE", ledger::keys::log(partition), "-", "+"});
            for (const auto& entry : *entries.array()) {
                const auto& fields = (*entry.array())[1];
                const auto record =
                    share_log::decode_record(fields.string_at(1), fields.string_at(3));
                if (!record) throw std::runtime_error("a record that cannot be read");
                for (auto& row : rows_of(partition, *EntryId::from(entry.string_at(0)), *record))
                    rows.push_back(std::move(row));
            }
        }
        return rows;
    }
    static std::vector<ShareRow> in_order(std::vector<ShareRow> rows) {
        std::ranges::sort(rows, {}, [](const ShareRow& row) {
            return std::tuple{row.partition, row.entry, row.index};
        });
        return rows;
    }

    /// What the log has been told of a reader.
    std::string acknowledged(std::uint32_t partition, const std::string& reader) {
        const auto value = server_.run({"HGET", ledger::keys::readers(partition), reader});
        return value.string() == nullptr ? "" : *value.string();
    }
    std::string last_id(std::uint32_t partition) {
        const auto last =
            server_.run({"XREVRANGE", ledger::keys::log(partition), "+", "-", "COUNT", "1"});
        return last.array()->empty() ? "0-0" : std::string{(*last.array())[0].string_at(0)};
    }
    bool is_all_acknowledged(const std::string& reader) {
        for (std::uint32_t partition = 0; partition < partitions; ++partition)
            if (acknowledged(partition, reader) != "required " + last_id(partition)) return false;
        return true;
    }
    std::uint64_t below(std::uint64_t bound) { return random_.next_u64() % bound; }

    std::uint64_t sequences_[partitions] = {};
};

}  // namespace share_export
