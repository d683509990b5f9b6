#include "template/archive.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "ledger/keys.h"
#include "ledger/scripts.h"
#include "rpc/template_codec.h"
#include "template/archive_codec.h"

namespace templates {
namespace {

using Answer = base::Result<redis::Reply, redis::Error>;

// Templates that wait for their transactions to be stored: more than this means that Redis is far
// behind, and the oldest are the ones that are needed least.
constexpr std::size_t jobs_max = 32;

bool is_error(const Answer& answer) {
    return !answer || answer->error() != nullptr;
}
std::string reason(const Answer& answer) {
    if (!answer) return answer.error().text;
    return answer->error() != nullptr ? answer->error()->text : std::string{};
}

}  // namespace

Archive::Archive(boost::asio::io_context& loop, redis::Client& redis, TemplateStore& store,
                 Background& compressor, Metrics& metrics, Settings settings)
    : loop_(loop),
      redis_(redis),
      store_(store),
      compressor_(compressor),
      metrics_(metrics),
      settings_(settings),
      keep_timer_(loop) {}

Archive::~Archive() {
    compressor_.join();
}

void Archive::begin_epoch(mining::Epoch epoch) {
    epoch_ = epoch;
    packer_.begin_epoch(epoch);
    is_answering_ = true;  // it has just given the epoch
    keep();
}

void Archive::end_epoch() {
    epoch_.reset();
    jobs_.erase(jobs_.begin() + (is_busy_ ? 1 : 0), jobs_.end());
    keep_timer_.cancel();
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
    }
    jobs_.push_back({.ref = ref, .on_whole = std::move(on_whole)});
    next_job();
}

void Archive::next_job() {
    if (is_busy_ || jobs_.empty()) return;
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
        boost::asio::post(loop,
                          [this, alive, packs = fmt::format("{}", fmt::join(packed.packs, " ")),
                           encoded = std::move(encoded)]() mutable {
                              if (!alive.expired()) write(jobs_.front(), packs, std::move(encoded));
                          });
    });
}

/// The record names its packs when Redis has them all. It is written as a whole: the template alone
/// was written before, but Redis may have been away just then.
void Archive::write(const Job& job, const std::string& packs, Encoded encoded) {
    struct Progress {
        std::size_t unanswered = 1;
        bool is_well = true;
    };
    const auto key = ledger::keys::template_record(job.ref);
    const auto progress = std::make_shared<Progress>();
    progress->unanswered = encoded.packs.size() + 1;
    const auto on_all = [this, key, packs, places = std::move(encoded.places),
                         block_template = std::move(encoded.block_template)] {
        metrics_.archived_bytes.add(places.size() + packs.size());
        redis_.command(
            {"HSET", key, "template", block_template, "transactions", places, "packs", packs},
            [this, alive = std::weak_ptr{is_alive_}](const Answer& answer) {
                if (alive.expired()) return;
                note(!is_error(answer), reason(answer));
                finish(jobs_.front(), !is_error(answer));
            });
        redis_.command({"PEXPIRE", key, std::to_string(settings_.grace.count())},
                       [](const Answer&) {});
    };
    const auto on_one = [this, progress, on_all](bool is_well) {
        progress->is_well = progress->is_well && is_well;
        if (--progress->unanswered > 0) return;
        if (progress->is_well)
            on_all();
        else
            finish(jobs_.front(), false);
    };
    for (auto& [pack, content] : encoded.packs) {
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

void Archive::finish(const Job& job, bool is_stored) {
    const auto on_whole = job.on_whole;
    jobs_.pop_front();
    is_busy_ = false;
    // What is in Redis now nobody knows: the next template brings everything.
    if (!is_stored) packer_.forget();
    if (is_stored) on_whole();
    next_job();
}

void Archive::note(bool is_stored, const std::string& why) {
    is_answering_ = is_stored;
    if (is_stored) {
        if (std::exchange(is_warned_, false)) base::log_info("templates are stored again");
        return;
    }
    metrics_.archive_failures.add();
    if (!std::exchange(is_warned_, true))
        base::log_warning("templates are not stored, only streamed", {{"reason", why}});
}

/// Also those of earlier leaders, as long as this replica holds them.
void Archive::keep() {
    if (!epoch_) return;
    redis::Args keys;
    std::size_t own = 0;
    for (auto at = store_.all().rbegin(); at != store_.all().rend(); ++at) {
        keys.push_back(ledger::keys::template_record(at->first));
        if (at->first.epoch() == *epoch_ && at->second.transactions) ++own;
    }
    keep_later();
    if (keys.empty()) return;
    const redis::Script script{std::string{ledger::scripts::keep_templates}};
    redis::eval(redis_, script, keys,
                {std::to_string(settings_.grace.count()), std::to_string(own)},
                [this, alive = std::weak_ptr{is_alive_}](const Answer& answer) {
                    if (alive.expired() || is_error(answer) || answer->integer() == nullptr) return;
                    if (*answer->integer() == 0 || !epoch_ || is_busy_) return;
                    base::log_warning("Redis has lost templates, storing the current one again",
                                      {{"templates", *answer->integer()}});
                    packer_.forget();
                    if (const auto* const now = store_.current())
                        store(
                            *now, [] {}, [] {});
                });
}

void Archive::keep_later() {
    keep_timer_.expires_after(settings_.grace / 4);
    keep_timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired()) keep();
    });
}

}  // namespace templates
