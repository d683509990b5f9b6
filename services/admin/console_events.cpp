#include "admin/console_events.h"

#include <algorithm>
#include <chrono>

#include "admin/proto_json.h"
#include "admin/web_rules.h"
#include "service/http_server.h"

namespace admin {
namespace {

// What a table of rows shows; what of a row stands still, the page has.
std::string shown(const proto::Worker& row) {
    auto out = row;
    out.clear_identity();
    out.clear_worker();
    out.clear_shares();
    out.clear_shares_last_day();
    out.clear_firmware();
    return to_json(out);
}

}  // namespace

ConsoleEvents::ConsoleEvents(boost::asio::io_context& loop, const View& view,
                             const base::Clock& clock, std::uint64_t boot)
    : view_(view), clock_(clock), timer_(loop), topics_(view, boot) {}

void ConsoleEvents::start() {
    timer_.expires_after(std::chrono::seconds{1});
    wait();
}

void ConsoleEvents::wait() {
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        timer_.expires_at(timer_.expiry() + std::chrono::seconds{1});
        // After a standstill one round, not all that were missed.
        if (timer_.expiry() < clock_.steady_now()) timer_.expires_after(std::chrono::seconds{1});
        tick();
        wait();
    });
}

void ConsoleEvents::close() {
    is_closed_ = true;
    timer_.cancel();
    for (const auto& browser : browsers_) browser.stream->close();
    browsers_.clear();
}

WebReply ConsoleEvents::open(const WebRequest& request) {
    std::erase_if(browsers_, [](const Browser& browser) { return !browser.stream->is_open(); });
    if (is_closed_ || browsers_.size() >= browsers_max)
        return {.status = 503,
                .body = "so many pages are open already; close some\n",
                .headers = {{"Retry-After", "10"}}};
    Browser browser;
    browser.wanted =
        ConsoleTopics::wanted_of(service::query_parameter(request.query, "topics").value_or(""));
    browser.known = topics_.known_by(request.last_event_id);
    for (auto& name : query_values(request.query, "row")) {
        if (browser.rows.size() == rows_max) break;
        browser.rows.push_back({.name = std::move(name)});
    }
    return {.on_stream = [this, browser](const std::shared_ptr<EventStream>& stream) mutable {
        if (is_closed_) return stream->close();
        browser.stream = stream;
        if (browsers_.empty()) {
            row_texts_.clear();
            topics_.look(clock_.unix_now());
        }
        stream->send(std::make_shared<const std::string>("retry: 2000\n\n"));
        tell(browser);
        browsers_.push_back(std::move(browser));
    }};
}

void ConsoleEvents::tick() {
    std::erase_if(browsers_, [](const Browser& browser) { return !browser.stream->is_open(); });
    if (browsers_.empty()) return;
    row_texts_.clear();
    topics_.look(clock_.unix_now());
    for (auto& browser : browsers_) tell(browser);
}

void ConsoleEvents::tell(Browser& browser) {
    // Rows first: who has the id has all before it.
    auto text = changed_rows(browser);
    text += topics_.news(browser.known, browser.wanted);
    browser.stream->send(std::make_shared<const std::string>(std::move(text)));
}

std::string ConsoleEvents::changed_rows(Browser& browser) {
    std::string rows;
    std::string removed;
    const auto count = browser.rows.size();
    for (std::size_t i = 0; i < count && rows.size() < row_bytes_max; ++i) {
        auto& row = browser.rows[browser.next_row];
        const auto& json = row_json(row.name);
        if (!json.empty() && !rows.empty() && rows.size() + json.size() > row_bytes_max) break;
        browser.next_row = (browser.next_row + 1) % count;
        if (json.empty()) {
            if (!row.is_told_gone) removed += (removed.empty() ? "" : ",") + json_string(row.name);
            row.is_told_gone = true;
        } else if (json != row.sent) {
            rows += (rows.empty() ? "" : ",") + json;
            row.sent = json;
            row.is_told_gone = false;
        }
    }
    if (rows.empty() && removed.empty()) return {};
    return "event: rows\ndata: {\"rows\":[" + rows + "],\"removed\":[" + removed + "]}\n\n";
}

const std::string& ConsoleEvents::row_json(const std::string& name) {
    auto found = row_texts_.find(name);
    if (found == row_texts_.end()) {
        std::string json;
        if (const auto* worker = view_.workers.find(name))
            json = shown(*worker);
        else if (const auto* channel = view_.channels.find(name))
            json = to_json(*channel);
        found = row_texts_.emplace(name, std::move(json)).first;
    }
    return found->second;
}

}  // namespace admin
