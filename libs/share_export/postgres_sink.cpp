#include "share_export/postgres_sink.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/integer.h"
#include "share_export/postgres_schema.h"
#include "share_export/row_text.h"

namespace share_export {
namespace {

using Rows = PostgresConnection::Rows;

/// Nothing when a row is none of ours.
std::optional<Places> places_from(const Rows& rows) {
    Places places;
    for (const auto& row : rows) {
        if (row.size() != 3 || !row[0] || !row[1] || !row[2]) return std::nullopt;
        const auto partition = base::parse_integer<std::uint32_t>(*row[0]);
        const auto bytes = base::parse_integer<std::uint64_t>(*row[2]);
        if (!partition || !bytes || !EntryId::from(*row[1])) return std::nullopt;
        places[*partition] = {*row[1], *bytes};
    }
    return places;
}

}  // namespace

struct PostgresSink::Writing {
    Delivery delivery{};
    Written done{};
    std::set<std::chrono::sys_days> days{};
};

void PostgresSink::open(std::function<void(Opened)> done) {
    days_.clear();
    connection_ = std::make_unique<PostgresConnection>(loop_, address_);
    connection_->connect([this, done = std::move(done)](const auto& connected) {
        if (!connected) return done(base::unexpected(connected.error()));
        prepare(done);
    });
}

void PostgresSink::prepare(const std::function<void(Opened)>& done) {
    connection_->query(postgres_schema::create(schema_), [this, done](const auto& rows) {
        if (!rows) return done(base::unexpected(rows.error()));
        const auto found = rows->empty() || rows->back().empty() || !rows->back()[0]
                               ? std::nullopt
                               : base::parse_integer<int>(*rows->back()[0]);
        if (found != postgres_schema::version)
            return done(base::unexpected(fmt::format(
                "PostgreSQL: the schema {} has version {}, this program writes {}: use "
                "the program that made it, or another schema",
                schema_, found ? std::to_string(*found) : "none", postgres_schema::version)));
        read_places(done);
    });
}

void PostgresSink::read_places(const std::function<void(Opened)>& done) {
    connection_->query(postgres_schema::select_places(schema_), [this, done](const auto& rows) {
        if (!rows) return done(base::unexpected(rows.error()));
        auto places = places_from(*rows);
        if (!places)
            return done(base::unexpected(
                fmt::format("PostgreSQL: {}.share_places has a place that is none", schema_)));
        places_ = *std::move(places);
        done(places_);
    });
}

void PostgresSink::write(Delivery delivery, Written done) {
    auto writing = std::make_shared<Writing>();
    writing->delivery = std::move(delivery);
    writing->done = std::move(done);
    connection_->query(postgres_schema::begin(schema_), [this, writing](const auto& rows) {
        if (!rows) return writing->done(rows.error());
        check_places(writing, *rows);
    });
}

/// Another process may export to the same tables: who finds its place moved begins anew there.
void PostgresSink::check_places(const std::shared_ptr<Writing>& writing, const Rows& rows) {
    auto found = places_from(rows);
    for (const auto& [partition, place] : writing->delivery.places)
        if (!found || (*found)[partition] != places_[partition])
            return writing->done(
                fmt::format("PostgreSQL: somebody else has moved the place of partition {} in {}",
                            partition, schema_));
    std::string sql;
    for (const auto& piece : writing->delivery.pieces)
        for (const auto& row : piece.rows) {
            const auto day = std::chrono::floor<std::chrono::days>(row.received_at);
            if (days_.contains(day) || !writing->days.insert(day).second) continue;
            sql += postgres_schema::create_day(schema_, day);
        }
    if (sql.empty()) return copy(writing);
    connection_->query(sql, [this, writing](const auto& made) {
        if (!made) return writing->done(made.error());
        copy(writing);
    });
}

void PostgresSink::copy(const std::shared_ptr<Writing>& writing) {
    std::string lines;
    for (const auto& piece : writing->delivery.pieces)
        for (const auto& row : piece.rows) append_copy_line(lines, row);
    if (lines.empty()) return commit(writing);
    connection_->copy(postgres_schema::copy_shares(schema_), std::move(lines),
                      [this, writing](const auto& copied) {
                          if (!copied) return writing->done(copied.error());
                          commit(writing);
                      });
}

void PostgresSink::commit(const std::shared_ptr<Writing>& writing) {
    connection_->query(
        postgres_schema::commit(schema_, writing->delivery.places, writing->delivery.gaps),
        [this, writing](const auto& committed) {
            // Whether it was committed all the same, open() finds out.
            if (!committed) return writing->done(committed.error());
            for (const auto& [partition, place] : writing->delivery.places)
                places_[partition] = place;
            days_.insert(writing->days.begin(), writing->days.end());
            writing->done(std::nullopt);
        });
}

}  // namespace share_export
