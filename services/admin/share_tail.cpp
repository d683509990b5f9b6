#include "admin/share_tail.h"

#include <fmt/format.h>

#include <utility>

#include "base/integer.h"
#include "ledger/keys.h"
#include "share_export/share_codec.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using share_export::PartitionFeed;

constexpr auto poll_interval = 200ms;
/// A client that resumes must not read again what its filter passed over.
constexpr auto places_every = 1s;
constexpr const char* beginning = "0-0";

}  // namespace

ShareTail::ShareTail(std::shared_ptr<WatchStream> stream, boost::asio::io_context& loop,
                     const base::Clock& clock, redis::Client& client, std::uint32_t partitions,
                     const adit::admin::v1::TailSharesRequest& request)
    : ShareStream(std::move(stream)), clock_(clock), client_(client) {
    filter_.identity = request.identity();
    for (const auto& [partition, id] : request.after().entry_ids()) after_[partition] = id;
    for (std::uint32_t partition = 0; partition < partitions; ++partition)
        feeds_[partition] = std::make_unique<PartitionFeed>(
            loop, client, clock,
            PartitionFeed::Settings{.partition = partition, .poll_interval = poll_interval},
            [this, partition](PartitionFeed::Read read) { take(partition, std::move(read)); });
}

void ShareTail::start() {
    for (const auto& [partition, id] : after_)
        if (!feeds_.contains(partition) || !share_export::EntryId::from(id))
            return finish({grpc::StatusCode::INVALID_ARGUMENT,
                           fmt::format("after: partition {} has no place \"{}\"", partition, id)});
    for (const auto& [partition, feed] : feeds_) find_start(partition);
}

void ShareTail::stop() {
    alive_.reset();
    for (const auto& [partition, feed] : feeds_) feed->stop();
}

void ShareTail::find_start(std::uint32_t partition) {
    const auto asked = after_.find(partition);
    const bool is_asked_for = asked != after_.end();
    if (is_asked_for && asked->second == beginning) return feeds_.at(partition)->start({});
    const auto key = ledger::keys::log(partition);
    const auto command =
        is_asked_for ? redis::Args{"XRANGE", key, asked->second, asked->second, "COUNT", "1"}
                     : redis::Args{"XREVRANGE", key, "+", "-", "COUNT", "1"};
    client_.command(
        command, [this, partition, is_asked_for, alive = std::weak_ptr{alive_}](const auto& reply) {
            if (alive.expired()) return;
            if (!reply || reply->array() == nullptr)
                return finish({grpc::StatusCode::UNAVAILABLE, "Redis is away; ask again"});
            begin_at(partition, *reply, is_asked_for);
        });
}

void ShareTail::begin_at(std::uint32_t partition, const redis::Reply& entries, bool is_asked_for) {
    if (entries.array()->empty()) {
        if (!is_asked_for) return feeds_.at(partition)->start({});
        return finish({grpc::StatusCode::OUT_OF_RANGE,
                       fmt::format("shares behind {} in partition {} are not kept any more: ask "
                                   "from 0-0 for all that are, or for an export",
                                   after_.at(partition), partition)});
    }
    const auto& item = (*entries.array())[0];
    const auto* parts = item.array();
    const auto bytes = parts == nullptr || parts->size() < 2
                           ? std::nullopt
                           : base::parse_integer<std::uint64_t>((*parts)[1].string_at(5));
    feeds_.at(partition)->start({std::string{item.string_at(0)}, bytes.value_or(0)});
}

void ShareTail::take(std::uint32_t partition, PartitionFeed::Read read) {
    if (read.gap)
        return finish({grpc::StatusCode::DATA_LOSS,
                       fmt::format("partition {}: entries behind {} are missing ({})", partition,
                                   read.gap->after.text(),
                                   read.gap->is_rollback ? "Redis went back to an older state"
                                                         : "trimmed before they were read")});
    (*places_.mutable_entry_ids())[partition] = read.place.id;
    Waiting next{partition, {}};
    for (const auto& piece : read.pieces)
        for (const auto& row : piece.rows)
            if (filter_.takes(row)) *next.response.add_shares() = share_export::to_proto(row);
    if (next.response.shares().empty() && !is_to_be_told()) return feeds_.at(partition)->go_on();
    *next.response.mutable_places() = places_;
    waiting_.push_back(std::move(next));
    on_idle();
}

bool ShareTail::is_to_be_told() const {
    return clock_.steady_now() >= sent_at_ + places_every;
}

/// A partition is read on when its shares are on their way: each waits with one page at most.
void ShareTail::on_idle() {
    if (waiting_.empty() || !is_idle()) return;
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    sent_at_ = clock_.steady_now();
    send(next.response);
    feeds_.at(next.partition)->go_on();
}

}  // namespace admin
