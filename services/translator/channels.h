#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/strong_id.h"
#include "bitcoin/target.h"
#include "bitcoin/uint256.h"

/// Between those who have miners and those who have pools: extended channels. What an SV1 miner
/// needs of a pool, whether a channel of the pool's is its own (PoolChannels) or a slice of one
/// that many share (AggregateChannels).
namespace translator {

/// Names a channel for as long as its owner has it open, over reconnects and other pools.
using ChannelHandle = base::StrongId<struct ChannelHandleTag, std::uint64_t>;

/// Pairs a share with its verdict; counts per handle, and does not start again when the pool
/// behind it changes.
using ShareTicket = base::StrongId<struct ShareTicketTag, std::uint64_t>;

/// What a job is made of that all channels holding it share. Immutable (Sv2 5.3.16).
struct JobParts {
    std::uint32_t version{};
    bool may_roll_version{};
    /// As the pool has sent them: what is hashed has no witness, see coinbase_witness.h.
    base::Bytes coinbase_prefix{};
    base::Bytes coinbase_suffix{};
    std::vector<bitcoin::Uint256> merkle_path{};  ///< deepest first
};

/// What SetNewPrevHash says (Sv2 5.3.17). Immutable.
struct Tip {
    bitcoin::BlockHash prev_hash{};
    std::uint32_t nbits{};
    /// Of the header, at the moment of its arrival; it may run ahead as the clock does.
    std::uint32_t min_ntime{};
    base::SteadyTime since{};
};

/// A job that is to be mined now, as one channel holds it. All of it is frozen: a share for it is
/// judged by these very values, whatever the channel is told later.
struct ActiveJob {
    /// Of this handle, ever growing; not the pool's number.
    std::uint64_t id{};
    std::shared_ptr<const JobParts> parts{};
    std::shared_ptr<const Tip> tip{};
    std::uint32_t min_ntime{};
    bitcoin::Target target{};
    /// What stands before the bytes that we roll, as of sending.
    std::shared_ptr<const base::Bytes> extranonce_prefix{};
    std::size_t extranonce_size{};  ///< of the rolled bytes
    /// The first of a tip, or of a channel: nothing older is worth hashing.
    bool is_clean{};
};

struct OpenTerms {
    std::string user{};  ///< as the miner authorized itself; what the pool is told, the pool's
                         ///< configuration says. Empty where nobody has said yet.
    double nominal_hash_rate_hps{};
    bitcoin::Target max_target{bitcoin::target_max()};
    std::size_t min_extranonce_size{};
};

/// What a channel has, since it was opened or something of it changed.
struct ChannelTerms {
    std::shared_ptr<const base::Bytes> extranonce_prefix{};
    std::size_t extranonce_size{};
    bitcoin::Target target{};  ///< of the jobs to come
    /// The pool refuses versions that the miner has chosen (REQUIRES_FIXED_VERSION).
    bool is_version_fixed{};
};

struct ChannelShare {
    std::uint64_t job_id{};  ///< ActiveJob::id
    std::uint32_t nonce{};
    std::uint32_t ntime{};
    std::uint32_t version{};
    base::ByteView extranonce{};  ///< the rolled bytes, all of them
    std::string_view worker{};    ///< extension 0x0002, where the pool takes it; cut to 32 bytes
};

/// What became of a share.
enum class Verdict {
    accepted,
    stale,      ///< `stale-share`, `invalid-job-id`
    duplicate,  ///< `duplicate-share`
    low,        ///< `difficulty-too-low`
    rejected,   ///< any other code
    unknown,    ///< the connection ended before the pool answered
};

/// Whose channel it is. Nothing is called from within a call of Channels' but on the loop's next
/// turn or later, so a listener may open, close and submit as it likes.
class ChannelListener {
  public:
    virtual ~ChannelListener() = default;
    /// The channel is there, or there again behind another connection or pool (all that was known
    /// of the one before is void), or its prefix has changed. A clean job follows.
    virtual void on_terms(const ChannelTerms& terms) = 0;
    virtual void on_job(const ActiveJob& job) = 0;
    /// `code` is the pool's, such as "difficulty-too-low"; empty where there is none.
    virtual void on_verdict(ShareTicket ticket, Verdict verdict, std::string_view code) = 0;
    /// No pool is there for it now. on_terms() follows when one is; jobs until then are void.
    virtual void on_interrupted() = 0;
    /// The pool does not want this channel: OpenMiningChannel.Error, such as `unknown-user`, or
    /// CloseChannel again after one for which it was opened anew. The handle is no more.
    virtual void on_refused(std::string_view code) = 0;
};

class Channels {
  public:
    virtual ~Channels() = default;

    /// The listener outlives the handle; close() ends it. While no pool is there the channel waits
    /// for one; on_terms() or on_refused() comes in the end.
    virtual ChannelHandle open(const OpenTerms& terms, ChannelListener& listener) = 0;
    /// A larger max_target only permits, a smaller one is in force at once (Sv2 5.3.7).
    virtual void update(ChannelHandle channel, double nominal_hash_rate_hps,
                        const bitcoin::Target& max_target) = 0;
    virtual void close(ChannelHandle channel) = 0;

    /// Sends the share on its way, or nothing where it cannot be credited by anybody any more:
    /// the job is of a pool or connection that is gone (`stale`).
    virtual std::optional<ShareTicket> submit(ChannelHandle channel, const ChannelShare& share) = 0;

    /// How long a verdict takes at the pool behind the channel: nine of ten recent ones came within
    /// it. Nothing while too few have come to say.
    virtual std::optional<base::SteadyTime::duration> verdict_time(ChannelHandle channel) const = 0;

    /// Bytes for the miner to roll that a new channel will have, where that is known: from the
    /// open channels of the pool that serves.
    virtual std::optional<std::size_t> extranonce_size() const = 0;

    /// A pool is connected. If not, `since` when there has been none.
    virtual bool is_served() const = 0;
    virtual base::SteadyTime unserved_since() const = 0;

  protected:
    Channels() = default;
    Channels(const Channels&) = default;
    Channels& operator=(const Channels&) = default;
};

}  // namespace translator
