#include "share_log/follower.h"

#include <utility>

#include "base/integer.h"
#include "ledger/keys.h"

namespace share_log {
namespace {

std::optional<Entry> to_entry(const redis::Reply& reply) {
    const auto* parts = reply.array();
    if (parts == nullptr || parts->size() != 2) return std::nullopt;
    const auto& fields = (*parts)[1];
    if (fields.array() == nullptr || fields.array()->size() != 6) return std::nullopt;
    if (fields.string_at(0) != "r" || fields.string_at(2) != "d" || fields.string_at(4) != "b")
        return std::nullopt;
    const auto bytes = base::parse_integer<std::uint64_t>(fields.string_at(5));
    Entry entry;
    entry.record = fields.string_at(1);
    entry.duplicates = fields.string_at(3);
    if (!bytes || *bytes < entry.record.size() + entry.duplicates.size()) return std::nullopt;
    entry.position = {std::string{reply.string_at(0)}, *bytes};
    return entry;
}

std::optional<Gap> gap_before(const Entry& entry, const Position& after) {
    const auto before = entry.position.bytes - entry.record.size() - entry.duplicates.size();
    if (before == after.bytes) return std::nullopt;
    if (before < after.bytes) return Gap{.bytes_missing = 0, .is_rollback = true};
    return Gap{.bytes_missing = before - after.bytes, .is_rollback = false};
}

}  // namespace

base::Result<Page, std::string> to_page(const redis::Reply& reply, const Position& after,
                                        std::uint32_t count) {
    const auto* entries = reply.array();
    if (entries == nullptr) return base::unexpected(std::string{"redis answered something else"});
    Page page;
    page.is_full = entries->size() >= count;
    auto last = after;
    for (const auto& item : *entries) {
        auto entry = to_entry(item);
        if (!entry) {
            page.unreadable_id = std::string{item.string_at(0)};
            break;
        }
        const auto gap = gap_before(*entry, last);
        if (gap && !page.entries.empty()) {
            // Only the first entry of a page has a gap before it: the rest comes with the next.
            page.is_full = true;
            break;
        }
        page.gap = page.entries.empty() ? gap : page.gap;
        last = entry->position;
        page.entries.push_back(std::move(*entry));
    }
    return page;
}

void read_page(redis::Client& client, std::uint32_t partition, const Position& after,
               std::uint32_t count, std::function<void(base::Result<Page, std::string>)> done) {
    client.command({"XRANGE", ledger::keys::log(partition), "(" + after.id, "+", "COUNT",
                    std::to_string(count)},
                   [after, count,
                    done = std::move(done)](const base::Result<redis::Reply, redis::Error>& reply) {
                       if (!reply) return done(base::unexpected(reply.error().text));
                       done(to_page(*reply, after, count));
                   });
}

Follower::Follower(boost::asio::io_context& loop, redis::Client& client, Settings settings,
                   OnPage on_page)
    : client_(client), settings_(settings), on_page_(std::move(on_page)), timer_(loop) {}

Follower::~Follower() = default;

void Follower::start(const Position& after) {
    stop();
    position_ = next_ = after;
    read();
}

void Follower::stop() {
    ++*run_;
    timer_.cancel();
}

void Follower::go_on() {
    position_ = next_;
    if (page_is_full_)
        read();
    else
        read_after(settings_.poll_interval);
}

void Follower::again() {
    next_ = position_;
    read_after(settings_.poll_interval);
}

void Follower::read() {
    read_page(client_, settings_.partition, position_, settings_.page_size,
              [this, alive = std::weak_ptr{run_}, run = *run_](const auto& page) {
                  const auto current = alive.lock();
                  if (!current || *current != run) return;
                  if (!page || (page->entries.empty() && !page->unreadable_id))
                      return read_after(settings_.poll_interval);
                  if (!page->entries.empty()) next_ = page->entries.back().position;
                  page_is_full_ = page->is_full && !page->unreadable_id;
                  on_page_(*page);
              });
}

void Follower::read_after(std::chrono::milliseconds wait) {
    timer_.expires_after(wait);
    timer_.async_wait(
        [this, alive = std::weak_ptr{run_}, run = *run_](const boost::system::error_code& error) {
            // A timer that has expired comes also when we are gone.
            const auto current = alive.lock();
            if (!error && current && *current == run) read();
        });
}

}  // namespace share_log
