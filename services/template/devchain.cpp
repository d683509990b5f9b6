#include "template/devchain.h"

#include <algorithm>
#include <array>
#include <set>

#include "bitcoin/arith256.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/merkle.h"
#include "bitcoin/script.h"
#include "bitcoin/sha256.h"
#include "bitcoin/subsidy.h"
#include "template/witness_check.h"

namespace templates {
namespace {

constexpr auto network = bitcoin::Network::regtest;
constexpr std::uint32_t easiest_nbits = 0x207fffff;
constexpr std::uint32_t block_version = 0x20000000;
constexpr std::uint32_t version_min = 4;  // BIP 65 is active from the start
constexpr std::uint32_t time_ahead_max_s = 2 * 60 * 60;
constexpr std::size_t weight_max = 4'000'000;
constexpr std::size_t median_span = 11;
// How many blocks stay known as parents and duplicates: a day at the default interval.
constexpr std::size_t recent_max = 16'384;
constexpr std::size_t take_back_max = 100;
constexpr std::size_t pool_max = 1'000;
constexpr std::uint64_t fee_sat = 1'000;

// How long the past intervals weigh against the last one, in blocks: a few, since CPU miners come
// and go, and more than one, since intervals are random.
constexpr std::int64_t retarget_inertia = 3;
constexpr std::int64_t interval_factor_max = 13;  // so that one quiet hour eases by 4 at most

bitcoin::Header genesis() {
    bitcoin::Header header;
    header.version = 1;
    header.merkle_root = *bitcoin::Uint256::from_be_hex(
        "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b");
    header.ntime = 1'296'688'602;
    header.nbits = easiest_nbits;
    header.nonce = 2;
    return header;
}

// A transaction that spends what never was; only its hashes matter here.
bitcoin::Transaction make_transaction(const bitcoin::BlockHash& tip, std::size_t index) {
    base::Bytes seed = base::to_bytes("adit devchain");
    base::append(seed, tip.value.as_bytes());
    base::append_le(seed, static_cast<std::uint64_t>(index));
    const auto digest = bitcoin::sha256d(seed);
    bitcoin::Transaction transaction;
    transaction.version = 2;
    transaction.inputs.push_back({.previous = {.txid = digest, .index = 0},
                                  .script = {},
                                  .sequence = 0xffffffff,
                                  .witness = {base::to_bytes(digest.as_bytes())}});
    transaction.outputs.push_back(
        {.value_sat = 100'000 + index,
         .script = bitcoin::pay_to_witness(0, digest.as_bytes().first<20>())});
    return transaction;
}

std::size_t block_weight(const bitcoin::Block& block) {
    std::size_t total = 4 * (bitcoin::header_size + 3);
    for (const auto& transaction : block.transactions) total += bitcoin::weight(transaction);
    return total;
}

}  // namespace

Devchain::Devchain(Settings settings, base::UnixMicros now) : settings_(settings) {
    const auto start = genesis();
    target_ = bitcoin::expand_nbits(settings_.start_nbits)
                  .value_or(*bitcoin::expand_nbits(easiest_nbits));
    tip_ = bitcoin::header_hash(start);
    known_.insert(tip_);
    recent_blocks_.push_back(tip_);
    recent_times_.push_back(start.ntime);
    tip_at_ = now;
    tip_nbits_ = start.nbits;
    nbits_ = bitcoin::to_nbits(target_);
    min_ntime_ = std::max(start.ntime + 1, base::to_unix_seconds(now));
    fill_pool();
}

Candidate Devchain::candidate() const {
    std::vector<bitcoin::Uint256> txids;
    std::vector<bitcoin::Uint256> wtxids;
    auto transactions = std::make_shared<std::vector<base::Bytes>>();
    std::uint64_t value = bitcoin::block_subsidy(height_ + 1, network);
    for (const auto& waiting : pool_) {
        txids.push_back(waiting.txid);
        wtxids.push_back(waiting.wtxid);
        transactions->push_back(waiting.bytes);
        value += waiting.fee_sat;
    }
    base::Bytes commitment;
    bitcoin::append_output(
        commitment, {.value_sat = 0,
                     .script = bitcoin::witness_commitment_script(bitcoin::witness_root(wtxids))});
    return Candidate{.block_template = {.ref = {},
                                        .tip = {.prev_hash = tip_,
                                                .nbits = nbits_,
                                                .min_ntime = min_ntime_,
                                                .network_target = *bitcoin::expand_nbits(nbits_),
                                                .height = height_ + 1},
                                        .version = block_version,
                                        .coinbase_tx_version = 2,
                                        .coinbase_prefix = bitcoin::height_push(height_ + 1),
                                        .coinbase_tx_input_sequence = 0xffffffff,
                                        .coinbase_tx_value_remaining = value,
                                        .coinbase_tx_outputs = commitment,
                                        .coinbase_tx_outputs_count = 1,
                                        .coinbase_tx_locktime = 0,
                                        .merkle_path = bitcoin::coinbase_merkle_path(txids),
                                        .segwit = true},
                     .transactions = std::move(transactions)};
}

void Devchain::add_transaction() {
    if (pool_.size() >= pool_max) return;
    const auto transaction = make_transaction(tip_, pool_.size());
    pool_.push_back({.txid = bitcoin::txid(transaction),
                     .wtxid = bitcoin::wtxid(transaction),
                     .bytes = bitcoin::serialise(transaction),
                     .fee_sat = fee_sat});
}

std::optional<std::string> Devchain::submit_block(base::ByteView bytes, base::UnixMicros now) {
    const auto block = bitcoin::parse_block(bytes);
    if (!block) return "rejected: block does not decode";
    const auto hash = bitcoin::header_hash(block->header);
    if (known_.contains(hash)) return "duplicate";

    const auto own_target = bitcoin::expand_nbits(block->header.nbits);
    if (!own_target || *own_target > *bitcoin::expand_nbits(easiest_nbits) ||
        !own_target->is_met_by(hash))
        return "high-hash";
    if (auto fault = fault_of_transactions(*block)) return fault;

    const auto& parent = block->header.prev_hash;
    // A block that has lost may be built on, too: its branch stays the shorter one here.
    if (!known_.contains(parent)) return "prev-blk-not-found";
    if (parent != tip_) {
        known_.insert(hash);
        return "inconclusive";
    }
    if (auto fault = fault_of_header(block->header, now)) return fault;
    if (auto fault = fault_in_context(*block)) return fault;
    extend(hash, block->header.ntime, now);
    return std::nullopt;
}

BlockStanding Devchain::find(const bitcoin::BlockHash& hash) const {
    const auto at = std::find(recent_blocks_.begin(), recent_blocks_.end(), hash);
    if (at != recent_blocks_.end())
        return {.kind = BlockStanding::Kind::in_chain,
                .confirmations = static_cast<std::uint32_t>(recent_blocks_.end() - at)};
    if (known_.contains(hash)) return {.kind = BlockStanding::Kind::not_in_chain};
    return {};
}

void Devchain::extend_by_others(base::UnixMicros now) {
    bitcoin::Header header;
    header.version = block_version;
    header.prev_hash = tip_;
    // Two in one place, the first of them taken back, are not the same block.
    auto root = base::to_bytes("a block by others");
    base::append_le(root, ++blocks_of_others_);
    header.merkle_root = bitcoin::sha256d(root);
    header.ntime = std::max(median_time_past() + 1, base::to_unix_seconds(now));
    header.nbits = nbits_;
    extend(bitcoin::header_hash(header), header.ntime, now);
}

bool Devchain::take_back(const bitcoin::BlockHash& hash) {
    const auto at = std::find(recent_blocks_.begin(), recent_blocks_.end(), hash);
    const auto depth = static_cast<std::size_t>(recent_blocks_.end() - at);
    if (depth == 0 || depth > before_.size()) return false;
    const auto first = before_.end() - static_cast<std::ptrdiff_t>(depth);
    tip_at_ = first->tip_at;
    min_ntime_ = first->min_ntime;
    tip_nbits_ = first->tip_nbits;
    target_ = first->target;
    nbits_ = first->nbits;
    recent_times_ = std::move(first->recent_times);
    before_.erase(first, before_.end());
    recent_blocks_.erase(at, recent_blocks_.end());
    tip_ = recent_blocks_.back();
    height_ -= static_cast<std::uint32_t>(depth);
    fill_pool();
    return true;
}

// What needs no chain to be seen.
std::optional<std::string> Devchain::fault_of_transactions(const bitcoin::Block& block) const {
    const auto& transactions = block.transactions;
    if (transactions.empty()) return "bad-blk-length";
    if (!bitcoin::merkle_root_matches(block)) return "bad-txnmrklroot";
    // Repeating the last transactions of a block leaves its merkle root as it is (CVE-2012-2459).
    std::set<bitcoin::Uint256> txids;
    for (const auto& transaction : transactions)
        if (!txids.insert(bitcoin::txid(transaction)).second) return "bad-txns-duplicate";
    if (block_weight(block) > weight_max) return "bad-blk-length";
    if (!transactions.front().is_coinbase()) return "bad-cb-missing";
    if (std::any_of(transactions.begin() + 1, transactions.end(),
                    [](const auto& transaction) { return transaction.is_coinbase(); }))
        return "bad-cb-multiple";
    const auto script_size = transactions.front().inputs.front().script.size();
    if (script_size < bitcoin::coinbase_script_size_min ||
        script_size > bitcoin::coinbase_script_size_max)
        return "bad-cb-length";
    return std::nullopt;
}

std::optional<std::string> Devchain::fault_of_header(const bitcoin::Header& header,
                                                     base::UnixMicros now) const {
    if (header.nbits != nbits_) return "bad-diffbits";
    if (header.ntime <= median_time_past()) return "time-too-old";
    if (header.ntime > base::to_unix_seconds(now) + time_ahead_max_s) return "time-too-new";
    // Read as a signed number, as nodes do: the top bit makes a version older than any.
    if (header.version < version_min || header.version > 0x7fffffff) return "bad-version";
    return std::nullopt;
}

std::optional<std::string> Devchain::fault_in_context(const bitcoin::Block& block) const {
    const auto& coinbase = block.transactions.front();
    const auto expected_height = bitcoin::height_push(height_ + 1);
    const auto& script = coinbase.inputs.front().script;
    if (script.size() < expected_height.size() ||
        !std::equal(expected_height.begin(), expected_height.end(), script.begin()))
        return "bad-cb-height";
    if (auto fault = witness_fault(block)) return fault;
    for (std::size_t i = 1; i < block.transactions.size(); ++i) {
        const auto wtxid = bitcoin::wtxid(block.transactions[i]);
        if (std::none_of(pool_.begin(), pool_.end(),
                         [&](const auto& waiting) { return waiting.wtxid == wtxid; }))
            return "bad-txns-inputs-missingorspent";
    }
    const std::uint64_t allowed =
        bitcoin::block_subsidy(height_ + 1, network) + fee_sat * (block.transactions.size() - 1);
    std::uint64_t paid = 0;
    for (const auto& output : coinbase.outputs) {
        if (output.value_sat > allowed) return "bad-cb-amount";
        paid += output.value_sat;  // at most as many outputs as fit a block: no overflow
    }
    if (paid > allowed) return "bad-cb-amount";
    return std::nullopt;
}

void Devchain::extend(const bitcoin::BlockHash& hash, std::uint32_t ntime, base::UnixMicros now) {
    before_.push_back({.tip_at = tip_at_,
                       .min_ntime = min_ntime_,
                       .tip_nbits = tip_nbits_,
                       .target = target_,
                       .nbits = nbits_,
                       .recent_times = recent_times_});
    if (before_.size() > take_back_max) before_.pop_front();
    tip_nbits_ = nbits_;
    if (settings_.retargets) retarget(now);
    tip_ = hash;
    tip_at_ = now;
    ++height_;
    known_.insert(hash);
    recent_blocks_.push_back(hash);
    if (recent_blocks_.size() > recent_max) recent_blocks_.pop_front();
    if (known_.size() > 2 * recent_max) {
        known_.clear();
        known_.insert(recent_blocks_.begin(), recent_blocks_.end());
    }
    recent_times_.push_back(ntime);
    if (recent_times_.size() > median_span) recent_times_.pop_front();
    min_ntime_ = std::max(median_time_past() + 1, base::to_unix_seconds(now));
    fill_pool();
}

// The target moves by the last interval against the aimed one, slowed by the intervals before.
void Devchain::retarget(base::UnixMicros now) {
    const std::int64_t aim = std::max<std::int64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(settings_.block_interval).count(), 1);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - tip_at_).count();
    const std::int64_t interval = std::clamp<std::int64_t>(took, 0, interval_factor_max * aim);
    // In steps of 1/1024, so that the product stays far below 2^256.
    const auto factor = static_cast<std::uint64_t>(((interval + retarget_inertia * aim) * 1024) /
                                                   ((1 + retarget_inertia) * aim));
    const bitcoin::Arith256 easiest{bitcoin::expand_nbits(easiest_nbits)->value};
    const bitcoin::Arith256 unit = bitcoin::Arith256{target_.value} / bitcoin::Arith256{1024};
    // unit * factor by shifts and sums; factor has at most 13 bits.
    bitcoin::Arith256 next;
    for (std::size_t bit = 0; bit < 13; ++bit)
        if ((factor >> bit) & 1U) {
            const auto term = unit << bit;
            if ((term >> bit) != unit || next + term < next) {
                next = easiest;
                break;
            }
            next = next + term;
        }
    if (next > easiest) next = easiest;
    target_ = bitcoin::Target{next.to_uint256()};
    nbits_ = bitcoin::to_nbits(target_);
}

void Devchain::fill_pool() {
    pool_.clear();
    for (std::size_t i = 0; i < settings_.transactions; ++i) add_transaction();
}

std::uint32_t Devchain::median_time_past() const {
    std::vector<std::uint32_t> times{recent_times_.begin(), recent_times_.end()};
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

}  // namespace templates
