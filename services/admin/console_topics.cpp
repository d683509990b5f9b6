#include "admin/console_topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "admin/proto_json.h"

namespace admin {
namespace {

// What of a row changes without news is left out: a page that wants it asks for the row.
proto::Service shown(const proto::Service& row) {
    auto out = row;
    out.clear_samples();
    out.clear_last_answer_time();
    return out;
}
proto::Block shown(const proto::Block& row) {
    auto out = row;
    out.clear_events();
    return out;
}
template <class Row>
const Row& shown(const Row& row) {
    return row;
}

bool comes_before(const proto::Problem& a, const proto::Problem& b) {
    if (a.severity() != b.severity()) return a.severity() > b.severity();
    const auto when = [](const proto::Problem& p) {
        return std::pair{p.start_time().seconds(), p.start_time().nanos()};
    };
    return std::pair{when(a), a.name()} < std::pair{when(b), b.name()};
}
bool comes_before(const proto::Block& a, const proto::Block& b) {
    return std::pair{a.height(), a.name()} > std::pair{b.height(), b.name()};
}
template <class Row>
bool comes_before(const Row& a, const Row& b) {
    return a.name() < b.name();
}

template <class Row>
void look_at(LiveRows& live, const Table<Row>& table) {
    std::vector<const Row*> rows;
    rows.reserve(table.size());
    table.for_each([&](const Row& row) { rows.push_back(&row); });
    const auto shown_rows = std::min(rows.size(), ConsoleTopics::rows_max);
    std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(shown_rows),
                      rows.end(), [](const Row* a, const Row* b) { return comes_before(*a, *b); });
    rows.resize(shown_rows);
    live.begin();
    for (const auto* row : rows) live.put(row->name(), to_json(shown(*row)));
    live.end();
}

void add_event(std::string& out, std::string_view event, std::string_view data) {
    fmt::format_to(std::back_inserter(out), "event: {}\ndata: {}\n\n", event, data);
}

}  // namespace

void ConsoleTopics::look(base::UnixMicros now) {
    made_.clear();
    pool_ = to_json(view_.pool);
    time_ = to_json_time(now);
    look_at(topics_[problems], view_.problems);
    look_at(topics_[services], view_.services);
    look_at(topics_[gateways], view_.gateways);
    look_at(topics_[nodes], view_.nodes);
    look_at(topics_[blocks], view_.blocks);
}

const std::string& ConsoleTopics::news(Known& known, Wanted wanted) {
    const auto key = std::pair{known, wanted};
    auto found = made_.find(key);
    if (found == made_.end()) {
        std::string out;
        auto after = known;
        add_event(out, "pool", pool_);
        for (std::size_t i = 0; i < count; ++i) {
            if ((wanted & (1U << i)) == 0) continue;
            if (const auto changes = topics_[i].changes_since(known[i]))
                add_event(out, names[i], *changes);
            after[i] = topics_[i].revision();
        }
        out += "id: " + id_of(after) + "\n";
        add_event(out, "tick", "{\"time\":\"" + time_ + "\"}");
        found = made_.emplace(key, std::pair{std::move(out), after}).first;
    }
    known = found->second.second;
    return found->second.first;
}

ConsoleTopics::Wanted ConsoleTopics::wanted_of(std::string_view list) {
    Wanted wanted = 1U << problems;
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        for (std::size_t i = 0; i < count; ++i)
            if (list.substr(0, end) == names[i]) wanted |= 1U << i;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return wanted;
}

std::string ConsoleTopics::id_of(const Known& known) const {
    return fmt::format("{:016x}-{}", boot_, fmt::join(known, "."));
}

ConsoleTopics::Known ConsoleTopics::known_by(std::string_view id) const {
    const auto own = fmt::format("{:016x}-", boot_);
    if (!id.starts_with(own)) return {};
    id.remove_prefix(own.size());
    Known known{};
    for (auto& revision : known) {
        const auto end = std::min(id.find('.'), id.size());
        const auto [at, error] = std::from_chars(id.data(), id.data() + end, revision);
        if (error != std::errc{} || at != id.data() + end) return {};
        id.remove_prefix(std::min(end + 1, id.size()));
    }
    return known;
}

}  // namespace admin
