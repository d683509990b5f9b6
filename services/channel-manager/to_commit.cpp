#include "channel-manager/to_commit.h"

#include <fmt/format.h>

#include "bus/codec.h"
#include "ledger/channel_fields.h"
#include "share_log/record.h"

namespace channel_manager {
namespace {

std::string_view name_of(mining::ChannelKind kind) {
    return kind == mining::ChannelKind::standard ? "standard" : "extended";
}

std::string outputs_text(const mining::PayoutOutputs& outputs) {
    return fmt::format("{:016x}", mining::outputs_id(outputs).value);
}

ledger::ChannelOpened to_opened(const bus::ChannelOpen& open, const bus::OpenOutcome& outcome) {
    ledger::ChannelOpened opened{open.key,
                                 {{"kind", std::string{name_of(open.kind)}},
                                  {"peer", open.peer},
                                  {"channel_id", std::to_string(open.channel_id)},
                                  {"gateway_epoch", std::to_string(open.key.epoch().value)},
                                  {"extranonce_size", std::to_string(open.extranonce_size)},
                                  {"nominal_hash_rate", fmt::format("{}", open.nominal_hash_rate)},
                                  {"max_target", open.max_target.value.to_be_hex()},
                                  {"target", outcome.target.value.to_be_hex()},
                                  {"outputs", outputs_text(outcome.outputs)}}};
    ledger::append_in_pieces(opened.fields, "user_identity", open.user_identity);
    return opened;
}

std::vector<ledger::ChannelChange> changes_of(const bus::Batch& batch, const bus::Result& result) {
    std::vector<ledger::ChannelChange> changes;
    std::size_t opens = 0;
    std::size_t moved = 0;
    for (const auto& event : batch.events) {
        if (const auto* open = std::get_if<bus::ChannelOpen>(&event.body)) {
            const auto& outcome = result.opens[opens++];
            if (outcome.error_code.empty()) changes.emplace_back(to_opened(*open, outcome));
        } else if (const auto* update = std::get_if<bus::ChannelUpdate>(&event.body)) {
            ledger::ChannelChanged changed{
                update->key,
                {{"nominal_hash_rate", fmt::format("{}", update->nominal_hash_rate)},
                 {"max_target", update->max_target.value.to_be_hex()}}};
            // They come in the order of the updates that caused them.
            if (moved < result.outputs_changes.size() &&
                result.outputs_changes[moved].key == update->key &&
                mining::outputs_id(result.outputs_changes[moved].outputs) != update->outputs_id)
                changed.fields.emplace_back("outputs",
                                            outputs_text(result.outputs_changes[moved++].outputs));
            changes.emplace_back(std::move(changed));
        } else if (const auto* applied = std::get_if<bus::TargetApplied>(&event.body)) {
            changes.emplace_back(ledger::ChannelChanged{
                applied->key, {{"target", applied->target.value.to_be_hex()}}});
        } else if (const auto* close = std::get_if<bus::ChannelClose>(&event.body)) {
            changes.emplace_back(ledger::ChannelClosed{close->key});
        }
    }
    return changes;
}

}  // namespace

ledger::Commit to_commit(const bus::Batch& batch, const Judgement& judgement,
                         std::string_view batch_bytes, bus::WorkerId worker) {
    ledger::Commit commit;
    commit.epoch = batch.epoch;
    commit.partition = batch.partition.value;
    commit.sequence = batch.sequence;
    commit.live_tips = batch.live_tips;
    commit.shares = static_cast<std::uint32_t>(batch.shares.size());
    for (std::uint32_t i = 0; i < commit.shares; ++i)
        if (!judgement.result.verdicts[i].error && judgement.hashes[i])
            commit.credited.push_back({i, judgement.tips[i], *judgement.hashes[i]});
    commit.changes = changes_of(batch, judgement.result);
    commit.outcome = bus::encode_result(judgement.result);
    commit.record = share_log::encode_record(batch_bytes, judgement.result, judgement.hashes,
                                             judgement.templates, worker);
    return commit;
}

}  // namespace channel_manager
