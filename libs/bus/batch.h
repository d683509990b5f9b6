#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/strong_id.h"
#include "bitcoin/difficulty.h"
#include "bitcoin/target.h"
#include "mining/block_template.h"
#include "mining/custom_job.h"
#include "mining/ids.h"
#include "mining/payout.h"
#include "mining/share.h"

/// What gateways and channel-managers tell each other, as plain values. The meaning of each field
/// is documented in proto/adit/bus/v1/bus.proto, once.
namespace bus {

/// The version of the messages themselves; both sides must have the same.
inline constexpr std::uint32_t bus_version = 3;

using Partition = base::StrongId<struct PartitionTag, std::uint32_t>;
using WorkerId = base::StrongId<struct WorkerIdTag, std::uint64_t>;

struct Channel {
    mining::ChannelKey key{};
    mining::ChannelKind kind{};
    std::string user_identity{};
    std::uint8_t extranonce_size{};
    friend bool operator==(const Channel&, const Channel&) = default;
};

/// One job of a batch and the place of its channel in Batch::channels.
struct Job {
    std::uint32_t channel{};
    mining::JobRecord record{};
    friend bool operator==(const Job&, const Job&) = default;
};

/// One share of a batch and the place of its job in Batch::jobs.
struct Share {
    std::uint32_t job{};
    mining::SubmittedShare submitted{};
    std::string worker{};
    friend bool operator==(const Share&, const Share&) = default;
};

struct ChannelOpen {
    mining::ChannelKey key{};
    mining::ChannelKind kind{};
    std::string user_identity{};
    float nominal_hash_rate{};
    bitcoin::Target max_target{};
    std::uint8_t extranonce_size{};
    std::string peer{};
    std::uint32_t channel_id{};
    friend bool operator==(const ChannelOpen&, const ChannelOpen&) = default;
};
struct ChannelUpdate {
    mining::ChannelKey key{};
    float nominal_hash_rate{};
    bitcoin::Target max_target{};
    std::string user_identity{};
    mining::OutputsId outputs_id{};
    friend bool operator==(const ChannelUpdate&, const ChannelUpdate&) = default;
};
struct ChannelClose {
    mining::ChannelKey key{};
    std::string reason{};
    friend bool operator==(const ChannelClose&, const ChannelClose&) = default;
};
struct TargetApplied {
    mining::ChannelKey key{};
    bitcoin::Target target{};
    friend bool operator==(const TargetApplied&, const TargetApplied&) = default;
};
using EventBody = std::variant<ChannelOpen, ChannelUpdate, ChannelClose, TargetApplied>;

struct Event {
    /// How many shares of the batch came before it.
    std::uint32_t before_share{};
    EventBody body{};
    friend bool operator==(const Event&, const Event&) = default;
};

struct Batch {
    mining::Epoch epoch{};
    Partition partition{};
    std::uint64_t sequence{};
    std::vector<bitcoin::BlockHash> live_tips{};
    std::vector<Channel> channels{};
    std::vector<mining::PayoutOutputs> outputs{};
    std::vector<mining::CustomJob> custom_jobs{};
    std::vector<Job> jobs{};
    std::vector<Share> shares{};
    std::vector<Event> events{};
    friend bool operator==(const Batch&, const Batch&) = default;
};

/// Shares that wait for their turn in a batch, to be looked through for blocks now (architecture
/// D6). `shares` has their records, but neither sequence nor tips nor events: it changes nothing.
struct Scan {
    std::uint64_t number{};
    Batch shares{};
    friend bool operator==(const Scan&, const Scan&) = default;
};

/// The outcome of one share: an error, or the difficulty credited.
struct Verdict {
    std::optional<mining::ShareError> error{};
    bitcoin::Difficulty difficulty{};
    bool solves_block{};
    friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// The outcome of one ChannelOpen: an error code for the miner, or what the channel starts with.
struct OpenOutcome {
    mining::ChannelKey key{};
    std::string error_code{};
    bitcoin::Target target{};
    mining::PayoutOutputs outputs{};
    friend bool operator==(const OpenOutcome&, const OpenOutcome&) = default;
};

/// A worker has decided anew whom an open channel's coinbase pays.
struct OutputsChange {
    mining::ChannelKey key{};
    mining::PayoutOutputs outputs{};
    friend bool operator==(const OutputsChange&, const OutputsChange&) = default;
};

struct Result {
    mining::Epoch epoch{};
    Partition partition{};
    std::uint64_t sequence{};
    std::vector<Verdict> verdicts{};
    std::vector<OpenOutcome> opens{};
    std::vector<OutputsChange> outputs_changes{};
    friend bool operator==(const Result&, const Result&) = default;
};

struct Ready {
    WorkerId worker{};
    std::uint32_t version{bus_version};
    std::vector<std::uint32_t> derivation_versions{};
    std::uint32_t partitions{};
    std::uint64_t duplicate_key_fingerprint{};
    std::uint32_t credits{};
    friend bool operator==(const Ready&, const Ready&) = default;
};
struct Goodbye {
    WorkerId worker{};
    friend bool operator==(const Goodbye&, const Goodbye&) = default;
};

enum class WaitsFor : std::uint8_t { ledger, templates, solution };
struct Waiting {
    mining::Epoch epoch{};
    Partition partition{};
    std::uint64_t sequence{};
    WaitsFor waits_for{};
    friend bool operator==(const Waiting&, const Waiting&) = default;
};
struct Refused {
    mining::Epoch epoch{};
    Partition partition{};
    std::uint64_t sequence{};
    std::string reason{};
    friend bool operator==(const Refused&, const Refused&) = default;
};
struct ScanWaiting {
    mining::Epoch epoch{};
    std::uint64_t number{};
    WaitsFor waits_for{};
    friend bool operator==(const ScanWaiting&, const ScanWaiting&) = default;
};
struct Scanned {
    mining::Epoch epoch{};
    std::uint64_t number{};
    std::uint32_t blocks{};
    friend bool operator==(const Scanned&, const Scanned&) = default;
};
using ToGateway = std::variant<Ready, Goodbye, Waiting, Result, Refused, ScanWaiting, Scanned>;

struct Hello {
    mining::Epoch epoch{};
    std::string refusal{};
    friend bool operator==(const Hello&, const Hello&) = default;
};
using ToWorker = std::variant<Hello, Batch, Scan>;

/// Which partition orders a connection's shares (architecture D2).
Partition partition_of(mining::Epoch epoch, std::uint64_t connection, std::uint32_t partitions);

}  // namespace bus
