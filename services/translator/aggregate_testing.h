#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "bitcoin/sha256.h"
#include "translator/channels.h"

namespace translator {

inline std::shared_ptr<const base::Bytes> some_prefix(std::uint8_t last = 0x11) {
    base::Bytes prefix(8, std::byte{0xab});
    prefix.back() = std::byte{last};
    return std::make_shared<const base::Bytes>(std::move(prefix));
}

/// The target that one of so many hashes meets.
inline bitcoin::Target one_in(double hashes) {
    return *bitcoin::target_for_hash_rate(hashes, 60);
}

/// The header as the one who has the whole extranonce hashes it, written out by hand.
inline bitcoin::BlockHash hash_of(const ActiveJob& job, const ChannelShare& share) {
    base::Bytes coinbase = job.parts->coinbase_prefix;
    base::append(coinbase, *job.extranonce_prefix);
    base::append(coinbase, share.extranonce);
    base::append(coinbase, job.parts->coinbase_suffix);
    const auto root = bitcoin::fold_merkle_path(bitcoin::sha256d(coinbase), job.parts->merkle_path);
    return bitcoin::header_hash(bitcoin::Header{.version = share.version,
                                                .prev_hash = job.tip->prev_hash,
                                                .merkle_root = root,
                                                .ntime = share.ntime,
                                                .nbits = job.tip->nbits,
                                                .nonce = share.nonce});
}

/// The pool's side as a test plays it: one channel at a time.
class FakeUpstream final : public Channels {
  public:
    struct Update {
        double hash_rate{};
        bitcoin::Target max_target{};
    };
    struct Share {
        ShareTicket ticket{};
        std::uint64_t job_id{};
        std::uint32_t nonce{};
        std::uint32_t ntime{};
        std::uint32_t version{};
        base::Bytes extranonce{};
        std::string worker{};

        ChannelShare view() const {
            return {.job_id = job_id,
                    .nonce = nonce,
                    .ntime = ntime,
                    .version = version,
                    .extranonce = extranonce,
                    .worker = worker};
        }
    };

    ChannelHandle open(const OpenTerms& terms, ChannelListener& listener) override {
        opens.push_back(terms);
        listener_ = &listener;
        return ChannelHandle{opens.size()};
    }
    void update(ChannelHandle, double hash_rate, const bitcoin::Target& max_target) override {
        updates.push_back({hash_rate, max_target});
    }
    void close(ChannelHandle) override { ++closes; }
    std::optional<ShareTicket> submit(ChannelHandle, const ChannelShare& share) override {
        if (refuses_shares) return std::nullopt;
        shares.push_back({ShareTicket{++last_ticket_}, share.job_id, share.nonce, share.ntime,
                          share.version, base::to_bytes(share.extranonce),
                          std::string{share.worker}});
        return shares.back().ticket;
    }
    std::optional<base::SteadyTime::duration> verdict_time(ChannelHandle) const override {
        return std::chrono::milliseconds{40};
    }
    std::optional<std::size_t> extranonce_size() const override { return extranonce_bytes; }
    bool is_served() const override { return serves; }
    base::SteadyTime unserved_since() const override { return {}; }

    void give_terms(const bitcoin::Target& new_target) {
        target = new_target;
        listener_->on_terms({.extranonce_prefix = prefix,
                             .extranonce_size = extranonce_bytes,
                             .target = target,
                             .is_version_fixed = is_version_fixed});
    }
    void give_job(bool is_clean) {
        if (is_clean || !tip_) {
            Tip tip{.nbits = 0x1d00ffff, .min_ntime = 1000, .since = now};
            tip.prev_hash.value.bytes[0] = static_cast<std::uint8_t>(jobs.size());
            tip_ = std::make_shared<const Tip>(tip);
        }
        JobParts parts{.version = 0x20000000, .may_roll_version = true};
        parts.coinbase_prefix.assign(60, std::byte{static_cast<std::uint8_t>(jobs.size())});
        parts.coinbase_suffix.assign(80, std::byte{0x77});
        parts.merkle_path.resize(3);
        const ActiveJob job{.id = 100 + jobs.size(),
                            .parts = std::make_shared<const JobParts>(std::move(parts)),
                            .tip = tip_,
                            .min_ntime = 1000,
                            .target = target,
                            .extranonce_prefix = prefix,
                            .extranonce_size = extranonce_bytes,
                            .is_clean = is_clean};
        jobs.emplace(job.id, job);
        listener_->on_job(job);
    }
    void answer(const Share& share, Verdict verdict, std::string_view code = {}) {
        listener_->on_verdict(share.ticket, verdict, code);
    }
    void interrupt() { listener_->on_interrupted(); }
    void refuse(std::string_view code) { listener_->on_refused(code); }

    std::vector<OpenTerms> opens{};
    std::vector<Update> updates{};
    std::vector<Share> shares{};
    std::map<std::uint64_t, ActiveJob> jobs{};
    int closes{};
    bool refuses_shares{};
    bool serves = true;
    bool is_version_fixed{};
    std::size_t extranonce_bytes = 10;
    std::shared_ptr<const base::Bytes> prefix = some_prefix();
    bitcoin::Target target{};
    base::SteadyTime now{};

  private:
    ChannelListener* listener_{};
    std::shared_ptr<const Tip> tip_{};
    std::uint64_t last_ticket_{};
};

/// What a miner was told, in order.
class FakeMiner final : public ChannelListener {
  public:
    struct Answer {
        ShareTicket ticket{};
        Verdict verdict{};
        std::string code{};
        friend bool operator==(const Answer&, const Answer&) = default;
    };

    void on_terms(const ChannelTerms& terms) override { all_terms.push_back(terms); }
    void on_job(const ActiveJob& job) override { jobs.push_back(job); }
    void on_verdict(ShareTicket ticket, Verdict verdict, std::string_view code) override {
        answers.push_back({ticket, verdict, std::string{code}});
    }
    void on_interrupted() override { ++interruptions; }
    void on_refused(std::string_view code) override { refusals.emplace_back(code); }

    const ActiveJob& job() const { return jobs.back(); }

    /// A share for `job` whose hash `is_wanted`, found by trying.
    template <class IsWanted>
    ChannelShare find(const ActiveJob& job, IsWanted&& is_wanted) {
        extranonce_.assign(job.extranonce_size, std::byte{0});
        ChannelShare share{.job_id = job.id,
                           .ntime = job.min_ntime,
                           .version = job.parts->version,
                           .extranonce = extranonce_,
                           .worker = "worker"};
        while (!is_wanted(hash_of(job, share))) share.nonce = nonce_++;
        return share;
    }
    /// One that the miner is credited for, and whether the pool is to see it.
    ChannelShare find_for(const ActiveJob& job, const bitcoin::Target& upstream, bool forwarded) {
        return find(job, [&](const bitcoin::BlockHash& hash) {
            return job.target.is_met_by(hash) && upstream.is_met_by(hash) == forwarded;
        });
    }

    std::vector<ChannelTerms> all_terms{};
    std::vector<ActiveJob> jobs{};
    std::vector<Answer> answers{};
    std::vector<std::string> refusals{};
    int interruptions{};

  private:
    base::Bytes extranonce_{};
    std::uint32_t nonce_{};
};

}  // namespace translator
