#include "vardiff/partition.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "ledger/keys.h"
#include "vardiff/codec.h"

namespace vardiff {
namespace {

using namespace std::chrono_literals;

/// A share is in the log within this time of its receipt, where nothing is held up.
constexpr auto log_lag = 1s;
/// Looking more often finds nothing sooner than a share would.
constexpr auto advance_every = 1s;
constexpr auto redis_retry = 500ms;
/// After Redis was away, shares that waited for it are in the log within as much time again, and
/// within this.
constexpr auto catches_up_within_max = 60s;

/// When Redis wrote the entry "MILLISECONDS-COUNT".
base::UnixMicros moment_of(std::string_view id) {
    std::int64_t milliseconds = 0;
    std::from_chars(id.data(), id.data() + id.size(), milliseconds);
    return base::UnixMicros{std::chrono::milliseconds{milliseconds}};
}

std::string key_of(std::uint32_t partition) {
    return ledger::keys::partition_prefix(partition) + "vardiff";
}

}  // namespace

Partition::Partition(boost::asio::io_context& loop, redis::Client& client, const base::Clock& clock,
                     Settings settings, std::shared_ptr<const Policies> policies,
                     OnProposals on_proposals)
    : client_(client),
      clock_(clock),
      settings_(settings),
      on_proposals_(std::move(on_proposals)),
      book_(std::move(policies)),
      timer_(loop),
      // Each at a time of its own: together they would hold Redis up.
      keep_at_(clock.steady_now() + settings.keep_every * (settings.partition % 16 + 1) / 16) {}

Partition::Counters& Partition::Counters::operator+=(const Counters& other) {
    shares += other.shares;
    proposals += other.proposals;
    bytes_missed += other.bytes_missed;
    unreadable += other.unreadable;
    return *this;
}

void Partition::start() {
    began_at_ = clock_.unix_now();
    load();
}

void Partition::load() {
    client_.command({"GET", key_of(settings_.partition)},
                    [this, alive = std::weak_ptr{alive_}](const auto& reply) {
                        if (alive.expired()) return;
                        if (!reply) return after(redis_retry, &Partition::load);
                        begin(reply->string() == nullptr ? std::string_view{} : *reply->string());
                    });
}

void Partition::begin(std::string_view kept) {
    if (!kept.empty()) {
        if (auto checkpoint = decode_checkpoint(kept)) {
            position_ = checkpoint->position;
            book_.restore(std::move(checkpoint->channels), checkpoint->heard);
        } else {
            base::log_warning("vardiff's state is damaged or of another version, begun anew",
                              {{"key", key_of(settings_.partition)}});
        }
    }
    has_begun_ = true;
    base::log_debug("follows a partition", {{"partition", settings_.partition},
                                            {"channels", book_.channels().size()},
                                            {"after", position_.id}});
    read();
}

void Partition::read() {
    // What is asked without a connection is answered when it is back, however long that takes.
    share_log::read_page(client_, settings_.partition, position_, settings_.page_size,
                         [this, alive = std::weak_ptr{alive_}, asked_at = clock_.unix_now(),
                          was_connected = client_.is_connected()](const auto& page) {
                             if (alive.expired()) return;
                             was_away_ = was_away_ || !was_connected || !page;
                             if (!page) return after(redis_retry, &Partition::read);
                             take(*page);
                             if (page->is_full || page->unreadable_id || !was_connected)
                                 return read();
                             on_read_to(asked_at);
                             after(settings_.poll_interval, &Partition::read);
                         });
}

void Partition::take(const share_log::Page& page) {
    // At the very beginning a log that was trimmed lacks nothing that we had.
    if (page.gap) book_.doubt_targets();
    if (page.gap && position_ != share_log::Position{} && !std::exchange(has_passed_over_, false)) {
        counters_.bytes_missed += page.gap->bytes_missing;
        base::log_warning(page.gap->is_rollback
                              ? "the share log is older than what vardiff made of it"
                              : "the share log was trimmed before vardiff had read it",
                          {{"partition", settings_.partition}, {"bytes", page.gap->bytes_missing}});
    }
    for (const auto& entry : page.entries) {
        position_ = entry.position;
        is_changed_ = true;
        const auto record = share_log::decode_record(entry.record, entry.duplicates);
        if (!record) {
            ++counters_.unreadable;
            book_.doubt_targets();
            continue;
        }
        counters_.shares += record->batch.shares.size();
        const auto committed_at = moment_of(entry.position.id);
        // Time passes as it did when these records were new.
        if (!has_caught_up_ && committed_at >= advance_at_) {
            advance_at_ = committed_at + advance_every;
            book_.advance(committed_at - log_lag);
        }
        propose(book_.take(*record, committed_at));
    }
    if (!page.unreadable_id) return;
    // No account rests on vardiff: it goes on behind it.
    ++counters_.unreadable;
    book_.doubt_targets();
    base::log_error("vardiff passes over an entry of the share log that it cannot read",
                    {{"partition", settings_.partition}, {"at", *page.unreadable_id}});
    position_.id = *page.unreadable_id;
    has_passed_over_ = true;
}

/// Nothing that was in the log at this moment is unread.
void Partition::on_read_to(base::UnixMicros moment) {
    // What gateways could not have credited meanwhile is on its way now.
    if (std::exchange(was_away_, false))
        resume_at_ = moment + std::min<std::chrono::microseconds>(moment - read_to_ + log_lag,
                                                                  catches_up_within_max);
    read_to_ = moment;
    if (!std::exchange(has_caught_up_, true)) propose(book_.reconcile());
    if (is_changed_ && clock_.steady_now() >= keep_at_) keep();
    if (moment < resume_at_ || moment < advance_at_) return;
    advance_at_ = moment + advance_every;
    propose(book_.advance(moment - log_lag));
}

void Partition::keep() {
    if (!has_begun_) return;
    keep_at_ = clock_.steady_now() + settings_.keep_every;
    is_changed_ = false;
    client_.command({"SET", key_of(settings_.partition), encode_checkpoint(position_, book_)},
                    [alive = std::weak_ptr{alive_}, this](const auto& reply) {
                        // Tried again with the next: what is lost is read from the log.
                        if (!reply && !alive.expired()) is_changed_ = true;
                    });
}

void Partition::set_policies(std::shared_ptr<const Policies> policies) {
    propose(book_.set_policies(std::move(policies)));
}

void Partition::forget_dead(const std::set<mining::Epoch>& living) {
    book_.forget_dead(living, clock_.unix_now());
}

void Partition::propose(const Proposals& proposals) {
    if (proposals.empty() || !has_caught_up_) return;
    counters_.proposals += proposals.size();
    on_proposals_(proposals);
}

void Partition::after(std::chrono::milliseconds wait, void (Partition::*step)()) {
    timer_.expires_after(wait);
    timer_.async_wait([this, step, alive = std::weak_ptr{alive_}](const auto& error) {
        if (!error && !alive.expired()) (this->*step)();
    });
}

}  // namespace vardiff
