#include "template/archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "ledger/keys.h"
#include "ledger/replicated_call.h"
#include "ledger/scripts.h"
#include "rpc/template_codec.h"
#include "template/archive_answer.h"
#include "template/archive_codec.h"

namespace templates {
namespace {

// Templates that wait for their transactions to be stored: more than this means that Redis is far
// behind, and the oldest are the ones that are needed least.
constexpr std::size_t jobs_max = 32;
// Packs that are gone are made anew at once; if those are gone too, it is left to the next check.
constexpr std::uint32_t attempts_max = 2;

// While all is well Redis is asked for what it has so often; and so soon where it may lack
// something, or has not said that its replicas have it, a little later each time.
constexpr std::chrono::seconds check_every_max{10};
constexpr std::chrono::milliseconds doubt_min{500};
constexpr std::chrono::milliseconds doubt_max{8'000};

}  // namespace

Archive::Archive(boost::asio::io_context& loop, redis::Client& redis, TemplateStore& store,
                 Background& compressor, TemplateDisk& disk, Metrics& metrics, Settings settings)
    : loop_(loop),
      redis_(redis),
      store_(store),
      compressor_(compressor),
      disk_(disk),
      metrics_(metrics),
      settings_(settings),
      check_timer_(loop) {}

Archive::~Archive() {
    compressor_.join();
}

void Archive::begin_epoch(mining::Epoch epoch) {
    epoch_ = epoch;
    packer_.begin_epoch(epoch);
    is_answering_ = true;  // it has just given the epoch
    check();
}

void Archive::end_epoch() {
    epoch_.reset();
    jobs_.erase(jobs_.begin() + (is_busy_ ? 1 : 0), jobs_.end());
    lost_.clear();
    doubt_.reset();
    check_timer_.cancel();
}

void Archive::store(const HeldTemplate& held, OnStored on_record, OnStored on_whole) {
    const auto ref = held.block_template.ref;
    const auto key = ledger::keys::template_record(ref);
    redis_.command(
        {"HSET", key, "template", rpc::to_proto(held.block_template).SerializeAsString()},
        [this, alive = std::weak_ptr{is_alive_},
         on_record = std::move(on_record)](const Answer& answer) {
            if (alive.expired()) return;
            note(!is_error(answer), reason(answer));
            if (!is_error(answer)) on_record();
        });
    redis_.command({"PEXPIRE", key, std::to_string(settings_.grace.count())}, [](const Answer&) {});
    if (held.transactions) enqueue(ref, std::move(on_whole));
}

void Archive::enqueue(mining::TemplateRef ref, OnStored on_whole) {
    if (!epoch_ || ref.epoch() != *epoch_) return;
    if (jobs_.size() >= jobs_max) {
        jobs_.erase(jobs_.begin() + 1);
        metrics_.archive_failures.add();
        doubt();
    }
    if (const auto* const held = store_.find(ref)) disk_.keep(*held);
    jobs_.push_back({.ref = ref, .on_whole = std::move(on_whole)});
    next_job();
}

/// What is new goes before what Redis has lost.
void Archive::next_job() {
    if (is_busy_) return;
    if (jobs_.empty() && !lost_.empty()) {
        jobs_.push_back({.ref = lost_.front()});
        lost_.pop_front();
    }
    if (jobs_.empty()) return;
    const auto* const held = store_.find(jobs_.front().ref);
    if (held == nullptr || !held->transactions) {
        jobs_.pop_front();
        return next_job();
    }
    is_busy_ = true;
    packer_.retain([this](auto ref) { return store_.find(ref) != nullptr; });
    auto packed = packer_.pack(jobs_.front().ref, *held->transactions);
    compressor_.post([this, &loop = loop_, alive = std::weak_ptr{is_alive_},
                      packed = std::move(packed),
                      block_template = rpc::to_proto(held->block_template).SerializeAsString()] {
        Encoded encoded;
        encoded.block_template = block_template;
        for (const auto& pack : packed.added)
            encoded.packs.emplace_back(pack.key, encode_pack(pack.transactions));
        encoded.places = encode_places(packed.places);
        encoded.leans_on = packed.packs;
        boost::asio::post(loop, [this, alive, encoded = std::move(encoded)]() mutable {
            if (!alive.expired()) write_packs(std::move(encoded));
        });
    });
}

void Archive::write_packs(Encoded encoded) {
    struct Progress {
        std::size_t unanswered = 1;
        bool is_well = true;
        Encoded encoded{};
    };
    const auto progress = std::make_shared<Progress>();
    auto packs = std::move(encoded.packs);
    progress->unanswered = packs.size() + 1;
    progress->encoded = std::move(encoded);
    const auto on_one = [this, progress](bool is_well) {
        progress->is_well = progress->is_well && is_well;
        if (--progress->unanswered > 0) return;
        if (progress->is_well)
            write_record(std::move(progress->encoded));
        else
            fail();
    };
    for (auto& [pack, content] : packs) {
        metrics_.archived_bytes.add(content.size());
        redis_.command(
            {"SET", pack, std::move(content), "PX", std::to_string(settings_.grace.count())},
            [this, on_one, alive = std::weak_ptr{is_alive_}](const Answer& answer) {
                if (alive.expired()) return;
                note(!is_error(answer), reason(answer));
                on_one(!is_error(answer));
            });
    }
    on_one(true);
}

/// The record names its packs when Redis has them all, which the script sees to: a Redis that has
/// become the primary may lack some that another one had. It is written as a whole: the template
/// alone was written before, but Redis may have been away just then.
void Archive::write_record(Encoded encoded) {
    const auto packs = fmt::format("{}", fmt::join(encoded.leans_on, " "));
    metrics_.archived_bytes.add(encoded.places.size() + packs.size());
    redis::Args keys{ledger::keys::template_record(jobs_.front().ref)};
    std::ranges::move(encoded.leans_on, std::back_inserter(keys));
    const redis::Script script{std::string{ledger::scripts::store_template}};
    ledger::durable_eval(
        redis_, script, std::move(keys),
        {std::to_string(settings_.grace.count()), std::move(encoded.block_template),
         std::move(encoded.places), packs},
        settings_.durability, [this, alive = std::weak_ptr{is_alive_}](const auto& answer) {
            if (alive.expired()) return;
            note(!is_error(answer), reason(answer));
            if (is_error(answer)) return fail();
            if (answer->reply.integer() != nullptr && *answer->reply.integer() == 1)
                return finish(answer->replicas >= settings_.durability.replicas);
            // The packer took them for stored.
            packer_.forget();
            if (++jobs_.front().attempts == attempts_max) return fail();
            is_busy_ = false;
            next_job();
        });
}

void Archive::finish(bool is_replicated) {
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    is_busy_ = false;
    if (is_replicated) {
        disk_.forget(job.ref);
        job.on_whole();
    } else {
        doubt();
    }
    next_job();
}

/// What is in Redis now nobody knows: all is packed anew. What else waits would fail likewise, and
/// is found by the next check.
void Archive::fail() {
    jobs_.clear();
    lost_.clear();
    is_busy_ = false;
    packer_.forget();
    doubt();
}

void Archive::note(bool is_stored, const std::string& why) {
    is_answering_ = is_stored;
    if (is_stored) {
        if (std::exchange(is_warned_, false)) base::log_info("templates are stored again");
        return;
    }
    metrics_.archive_failures.add();
    doubt();
    if (!std::exchange(is_warned_, true))
        base::log_warning("templates are not stored, only streamed", {{"reason", why}});
}

void Archive::doubt() {
    ++doubts_;
    if (!epoch_ || doubt_) return;
    doubt_ = doubt_min;
    check_later();
}

/// Also of those of earlier leaders, as long as this replica holds them; the newest first.
void Archive::check() {
    if (!epoch_) return;
    disk_.retain([this](auto ref) { return store_.find(ref) != nullptr; }, settings_.grace);
    redis::Args keys;
    std::vector<mining::TemplateRef> refs;
    for (auto at = store_.all().rbegin(); at != store_.all().rend(); ++at) {
        keys.push_back(ledger::keys::template_record(at->first));
        refs.push_back(at->first);
    }
    if (keys.empty()) return check_later();
    const redis::Script script{std::string{ledger::scripts::keep_templates}};
    ledger::durable_eval(redis_, script, std::move(keys), {std::to_string(settings_.grace.count())},
                         settings_.durability,
                         [this, alive = std::weak_ptr{is_alive_}, epoch = *epoch_, doubts = doubts_,
                          refs = std::move(refs)](const auto& answer) {
                             if (!alive.expired() && epoch_ == epoch)
                                 on_checked(refs, doubts, answer);
                         });
}

void Archive::on_checked(const std::vector<mining::TemplateRef>& refs, std::uint64_t doubts,
                         const Confirmed& answer) {
    lost_.clear();
    const bool is_short = !is_error(answer) && answer->replicas < settings_.durability.replicas;
    if (!is_error(answer)) note_lost(refs, answer->reply);
    // This primary may have been left behind by its replicas, and nobody has told it yet.
    if (is_short) redis_.reconnect();
    if (is_error(answer) || !lost_.empty() || is_short)
        doubt_ = doubt_ ? std::min(*doubt_ * 2, doubt_max) : doubt_min;
    else if (doubts == doubts_)  // none since it was asked
        on_all_confirmed(refs);
    check_later();
    next_job();
}

void Archive::note_lost(const std::vector<mining::TemplateRef>& refs, const redis::Reply& places) {
    for (const auto& place :
         places.array() == nullptr ? std::vector<redis::Reply>{} : *places.array()) {
        if (place.integer() == nullptr || *place.integer() < 1) continue;
        const auto at = static_cast<std::size_t>(*place.integer() - 1);
        if (at >= refs.size()) continue;
        const auto* const held = store_.find(refs[at]);
        if (held == nullptr || !held->transactions || is_waiting(refs[at])) continue;
        disk_.keep(*held);
        lost_.push_back(refs[at]);
    }
    // While Redis takes nothing it is said once, see note().
    if (!lost_.empty() && !is_warned_)
        base::log_warning("Redis lacks templates, storing them again",
                          {{"templates", lost_.size()}});
}

bool Archive::is_waiting(mining::TemplateRef ref) const {
    return std::ranges::any_of(jobs_, [&](const Job& job) { return job.ref == ref; });
}

/// Redis has these, and so have its replicas.
void Archive::on_all_confirmed(const std::vector<mining::TemplateRef>& refs) {
    doubt_.reset();
    for (const auto ref : refs)
        if (!is_waiting(ref)) disk_.forget(ref);
}

void Archive::check_later() {
    const std::chrono::milliseconds well =
        std::min<std::chrono::milliseconds>(settings_.grace / 4, check_every_max);
    check_timer_.expires_after(doubt_ ? std::min(*doubt_, well) : well);
    check_timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired()) check();
    });
}

}  // namespace templates
