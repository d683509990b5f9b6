#include "admin/share_export_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "share_export/columns.h"
#include "share_export/share_codec.h"

namespace admin {
namespace {

/// A message of so many has some 200 KB; gRPC takes 4 MB.
constexpr std::size_t rows_max = 500;
constexpr std::uint32_t page_size = 32;

base::UnixMicros time_of(const share_log::Position& place) {
    return base::UnixMicros{std::chrono::milliseconds{
        share_export::EntryId::from(place.id).value_or(share_export::EntryId{}).ms}};
}

}  // namespace

struct ShareExportStream::Archive {
    std::filesystem::path folder{};
    share_export::ShareFilter filter{};
    std::optional<share_export::ArchiveReader> reader{};
    /// Of the partitions that do not begin with their first share ever.
    std::optional<base::UnixMicros> kept_since{};
};

ShareExportStream::ShareExportStream(std::shared_ptr<WatchStream> stream, From from,
                                     share_export::ShareFilter filter)
    : ShareStream(std::move(stream)), from_(std::move(from)), filter_(std::move(filter)) {}

void ShareExportStream::start() {
    if (filter_.to <= filter_.from)
        return finish({grpc::StatusCode::INVALID_ARGUMENT, "to must be later than from"});
    if (from_.archive) return look_into_archive();
    look_into_log(0);
}

void ShareExportStream::stop() {
    alive_.reset();
}

void ShareExportStream::look_into_archive() {
    archive_ = std::make_shared<Archive>();
    archive_->folder = *from_.archive;
    archive_->filter = filter_;
    boost::asio::post(
        from_.disk, [this, &loop = from_.loop, archive = archive_, alive = std::weak_ptr{alive_}] {
            std::string failure;
            bool is_empty = true;
            try {
                const auto starts = share_export::ArchiveReader::coverage(archive->folder);
                is_empty = starts.empty();
                for (const auto& [partition, start] : starts)
                    if (!start.is_whole)
                        archive->kept_since =
                            std::max(archive->kept_since.value_or(start.since), start.since);
                archive->reader.emplace(archive->folder, archive->filter);
            } catch (const std::exception& error) {
                failure = error.what();
            }
            boost::asio::post(loop, [this, archive, alive, failure, is_empty] {
                if (alive.expired()) return;
                if (!failure.empty()) return finish({grpc::StatusCode::DATA_LOSS, failure});
                if (is_empty) return look_into_log(0);
                if (archive->kept_since && !is_kept_since(*archive->kept_since)) return;
                is_in_archive_ = true;
                go_on();
            });
        });
}

/// Without an archive: whether the log goes back as far as is asked for.
void ShareExportStream::look_into_log(std::uint32_t partition) {
    if (partition == from_.partitions) return go_on();
    share_log::read_page(from_.client, partition, {}, 1,
                         [this, partition, alive = std::weak_ptr{alive_}](const auto& page) {
                             if (alive.expired()) return;
                             if (!page)
                                 return finish({grpc::StatusCode::UNAVAILABLE, page.error()});
                             if (page->gap && !page->entries.empty() &&
                                 !is_kept_since(time_of(page->entries.front().position)))
                                 return;
                             look_into_log(partition + 1);
                         });
}

bool ShareExportStream::is_kept_since(base::UnixMicros since) {
    if (filter_.from >= since) return true;
    finish({grpc::StatusCode::OUT_OF_RANGE,
            fmt::format("shares are kept since {}; {} is before that. Exports keep them for good: "
                        "see [export.files] in docs/shares.md",
                        share_export::time_text(since), share_export::time_text(filter_.from))});
    return false;
}

void ShareExportStream::on_idle() {
    go_on();
}

/// Sends what there is, or fetches what follows.
void ShareExportStream::go_on() {
    if (!is_idle() || is_reading_) return;
    if (next_row_ < rows_.size()) {
        adit::admin::v1::ExportSharesResponse response;
        const auto end = std::min(rows_.size(), next_row_ + rows_max);
        for (; next_row_ < end; ++next_row_)
            *response.add_shares() = share_export::to_proto(rows_[next_row_]);
        return send(response);
    }
    is_reading_ = true;
    if (is_in_archive_) return read_archive();
    read_log();
}

void ShareExportStream::read_archive() {
    boost::asio::post(
        from_.disk, [this, &loop = from_.loop, archive = archive_, alive = std::weak_ptr{alive_}] {
            ArchiveRead read;
            try {
                read.rows = archive->reader->next();
                read.places = archive->reader->places();
            } catch (const std::exception& error) {
                read.failure = error.what();
            }
            boost::asio::post(loop, [this, alive, read = std::move(read)] {
                if (!alive.expired()) take(read);
            });
        });
}

void ShareExportStream::take(const ArchiveRead& read) {
    is_reading_ = false;
    if (!read.failure.empty()) return finish({grpc::StatusCode::DATA_LOSS, read.failure});
    is_in_archive_ = read.rows.has_value();
    rows_ = read.rows.value_or(std::vector<share_export::ShareRow>{});
    next_row_ = 0;
    places_ = read.places;
    go_on();
}

void ShareExportStream::read_log() {
    if (partition_ == from_.partitions) return finish(grpc::Status::OK);
    share_log::read_page(from_.client, partition_, places_[partition_], page_size,
                         [this, alive = std::weak_ptr{alive_}](const auto& page) {
                             if (alive.expired()) return;
                             if (!page)
                                 return finish({grpc::StatusCode::UNAVAILABLE, page.error()});
                             take(*page);
                         });
}

void ShareExportStream::take(const share_log::Page& page) {
    auto& place = places_[partition_];
    if (page.unreadable_id && page.entries.empty())
        return finish(
            {grpc::StatusCode::DATA_LOSS, fmt::format("partition {}: entry {} cannot be read",
                                                      partition_, *page.unreadable_id)});
    if (page.gap && place != share_log::Position{})
        return finish({grpc::StatusCode::DATA_LOSS,
                       fmt::format("partition {}: the log does not go on where the archive ends, "
                                   "at {}",
                                   partition_, place.id)});
    rows_.clear();
    next_row_ = 0;
    for (const auto& entry : page.entries) {
        const auto id = share_export::EntryId::from(entry.position.id);
        const auto record = share_log::decode_record(entry.record, entry.duplicates);
        if (!id || !record)
            return finish(
                {grpc::StatusCode::DATA_LOSS, fmt::format("partition {}: entry {} cannot be read",
                                                          partition_, entry.position.id)});
        for (auto& row : share_export::rows_of(partition_, *id, *record))
            if (filter_.takes(row)) rows_.push_back(std::move(row));
        place = entry.position;
    }
    if (page.entries.empty()) ++partition_;
    is_reading_ = false;
    go_on();
}

}  // namespace admin
