#include "aditctl/direct/log_print.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "base/hex.h"
#include "ledger/keys.h"
#include "ledger/readers.h"
#include "share_log/follower.h"
#include "share_log/record.h"

namespace aditctl::direct {
namespace {

using Json = nlohmann::ordered_json;
using redis_session::Session;
using share_log::Position;

constexpr std::uint32_t page_size = 256;

std::string_view state_name(mining::JobState state) {
    switch (state) {
        case mining::JobState::active: return "active";
        case mining::JobState::past: return "past";
        case mining::JobState::stale: return "stale";
        case mining::JobState::closed: return "closed";
    }
    return "";
}

Json share_json(const share_log::Record& record, std::size_t place) {
    const auto& share = record.batch.shares[place];
    const auto& submitted = share.submitted;
    const auto& job = record.batch.jobs[share.job];
    const auto& verdict = record.result.verdicts[place];
    const auto& hash = record.hashes[place];
    return Json{{"channel", ledger::keys::channel_name(job.record.channel)},
                {"user_identity", record.batch.channels[job.channel].user_identity},
                {"worker", share.worker},
                {"received_at_us", submitted.received_at.time_since_epoch().count()},
                {"sequence_number", submitted.sequence_number},
                {"verdict",
                 verdict.error ? mining::error_code(*verdict.error) : std::string_view{"accepted"}},
                {"difficulty_q32", verdict.difficulty.q32},
                {"solves_block", verdict.solves_block},
                {"hash", hash ? hash->value.to_be_hex() : std::string{}},
                {"target", job.record.target.value.to_be_hex()},
                {"job_state", state_name(submitted.state)},
                {"template_ref", job.record.template_ref.value},
                {"variant", job.record.variant.value},
                {"nonce", submitted.nonce},
                {"ntime", submitted.ntime},
                {"version", submitted.version},
                {"extranonce_prefix", base::to_hex(job.record.extranonce_prefix.bytes())},
                {"extranonce", base::to_hex(submitted.extranonce.bytes())}};
}

/// Identities are what strangers sent: bytes that are no UTF-8 become U+FFFD.
void print_record(std::uint32_t partition, const share_log::Entry& entry) {
    const auto record = share_log::decode_record(entry.record, entry.duplicates);
    if (!record)
        throw std::runtime_error(fmt::format("partition {}, entry {}: not a record that we know",
                                             partition, entry.position.id));
    for (std::size_t i = 0; i < record->batch.shares.size(); ++i) {
        Json line{{"partition", partition}, {"entry", entry.position.id}};
        line.update(share_json(*record, i));
        fmt::print("{}\n", line.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
}

/// Where the reader stands: the entry, and the bytes before the next where Redis still has it.
Position place_of(Session& session, std::uint32_t partition, const std::string& reader) {
    Position position;
    if (reader.empty()) return position;
    using Listed = base::Result<ledger::LogReaders, ledger::ReaderFailure>;
    const auto all = session.await<Listed>(
        [&](auto done) { ledger::list_readers(session.client(), partition, std::move(done)); });
    if (!all) throw std::runtime_error(all.error().text);
    for (const auto& one : all->readers) {
        if (one.name != reader) continue;
        position.id = one.acknowledged;
        return position;
    }
    throw std::runtime_error(
        fmt::format("{} is not registered in partition {}; see aditctl direct log register", reader,
                    partition));
}

/// The next page of a partition; the place behind it.
std::size_t print_page(Session& session, std::uint32_t partition, Position& place,
                       const std::string& reader) {
    using Read = base::Result<share_log::Page, std::string>;
    const auto page = session.await<Read>([&](auto done) {
        share_log::read_page(session.client(), partition, place, page_size, std::move(done));
    });
    if (!page) throw std::runtime_error(page.error());
    if (page->unreadable_id && page->entries.empty())
        throw std::runtime_error(fmt::format("partition {}, entry {}: not a record that we know",
                                             partition, *page->unreadable_id));
    if (page->gap && place.bytes > 0)
        fmt::print(stderr, "aditctl: partition {}: {} bytes of records are missing after {}\n",
                   partition, page->gap->bytes_missing, place.id);
    for (const auto& entry : page->entries) {
        print_record(partition, entry);
        place = entry.position;
    }
    if (page->entries.empty()) return 0;
    // Only what has left us is acknowledged.
    if (std::fflush(stdout) != 0) throw std::runtime_error("cannot write to standard output");
    if (reader.empty()) return page->entries.size();
    using Done = base::Result<std::string, ledger::ReaderFailure>;
    const auto done = session.await<Done>([&](auto callback) {
        ledger::acknowledge(session.client(), partition, reader, place.id, std::move(callback));
    });
    if (!done) throw std::runtime_error(done.error().text);
    return page->entries.size();
}

}  // namespace

void print_log(Session& session, const PrintOptions& options) {
    const auto partitions = session.partitions();
    if (options.partition && *options.partition >= partitions)
        throw std::runtime_error(fmt::format("this pool has partitions 0 to {}", partitions - 1));
    std::map<std::uint32_t, Position> places;
    for (std::uint32_t partition = 0; partition < partitions; ++partition)
        if (!options.partition || *options.partition == partition)
            places[partition] = place_of(session, partition, options.reader);
    for (;;) {
        std::size_t entries = 0;
        for (auto& [partition, place] : places)
            entries += print_page(session, partition, place, options.reader);
        if (entries > 0) continue;
        if (!options.follows) return;
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }
}

}  // namespace aditctl::direct
