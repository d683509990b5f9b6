#include "translator/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "service/http_server.h"

namespace translator {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string with_unit(double value, std::string_view unit) {
    for (const auto* prefix : {"", "k", "M", "G", "T", "P"}) {
        if (value < 1000) return fmt::format("{:.3g} {}{}", value, prefix, unit);
        value /= 1000;
    }
    return fmt::format("{:.3g} E{}", value, unit);
}

std::int64_t seconds_between(base::SteadyTime since, base::SteadyTime now) {
    return std::chrono::duration_cast<std::chrono::seconds>(now - since).count();
}

std::string age(base::SteadyTime since, base::SteadyTime now) {
    const auto seconds = seconds_between(since, now);
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 2 * 3600) return fmt::format("{} min", seconds / 60);
    return fmt::format("{} h", seconds / 3600);
}

/// "stale 3, low 1".
std::string reasons(const MinerStatus& status) {
    std::string text;
    for (const auto reason : share_reasons)
        if (const auto count = status.rejected[static_cast<std::size_t>(reason)]; count != 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", to_text(reason), count);
    return text;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
    return all;
}

constexpr std::string_view style =
    "body{font:15px/1.4 system-ui,sans-serif;margin:2rem;color:#222}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem}"
    "th,td{padding:.25rem .75rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}"
    "td.n{text-align:right;white-space:nowrap}th{font-weight:600}.bad{color:#a00}";

std::string pools_html(const Status& status) {
    std::string html =
        "<h2>Pools</h2><table><tr><th>pool</th><th>identity</th><th>state</th>"
        "<th>connections</th><th>channels</th></tr>\n";
    for (const auto& pool : status.pools)
        html += fmt::format(
            "<tr><td>{}{}</td><td>{}</td><td>{}</td><td class=n>{}</td><td class=n>{}</td></tr>\n",
            escaped(pool.address), pool.is_serving ? " <strong>in use</strong>" : "",
            escaped(pool.user_identity), escaped(pool.state), pool.connections, pool.channels);
    return html + "</table>\n";
}

std::string miners_html(const Status& status, const StatusQuery& query, base::SteadyTime now) {
    std::string html = fmt::format(
        "<h2>Miners</h2><form><input name=miner value=\"{}\" placeholder=\"worker, agent or "
        "address\"> <button>search</button></form>\n<p>{} found of {}, {} shown</p>\n"
        "<table><tr><th>worker</th><th>agent</th><th>address</th><th>difficulty</th>"
        "<th>hash rate</th><th>accepted</th><th>rejected</th><th>last share</th>"
        "<th>connected</th></tr>\n",
        escaped(query.miner), status.miners_found, status.miners_connected, status.miners.size());
    for (const auto& [peer, miner] : status.miners)
        html += fmt::format(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=n>{:g}</td><td class=n>{}</td>"
            "<td class=n>{}</td><td>{}</td><td class=n>{}</td><td class=n>{}</td></tr>\n",
            escaped(joined(miner.workers)), escaped(miner.agent), escaped(peer), miner.difficulty,
            with_unit(miner.hash_rate_hps, "H/s"), miner.accepted, escaped(reasons(miner)),
            miner.last_share ? age(*miner.last_share, now) + " ago" : "-", age(miner.since, now));
    return html + "</table>\n";
}

nlohmann::json miner_json(const MinerRow& row, base::SteadyTime now) {
    const auto& status = row.status;
    auto rejected = nlohmann::json::object();
    for (const auto reason : share_reasons)
        if (const auto count = status.rejected[static_cast<std::size_t>(reason)]; count != 0)
            rejected[std::string{to_text(reason)}] = count;
    nlohmann::json json{{"user", status.workers.empty() ? "" : status.workers.front()},
                        {"workers", status.workers},
                        {"agent", status.agent},
                        {"firmware", status.firmware},
                        {"peer", row.peer},
                        {"is_subscribed", status.is_subscribed},
                        {"has_job", status.has_job},
                        {"difficulty", status.difficulty},
                        {"hash_rate_hps", status.hash_rate_hps},
                        {"accepted", status.accepted},
                        {"short_of_pool", status.short_of_pool},
                        {"disagreed", status.disagreed},
                        {"rejected", rejected},
                        {"connected_s", seconds_between(status.since, now)},
                        {"last_share_s", nullptr}};
    if (status.last_share) json["last_share_s"] = seconds_between(*status.last_share, now);
    return json;
}

}  // namespace

bool StatusQuery::finds(std::string_view peer, const MinerStatus& status) const {
    const auto has = [&](std::string_view text) { return text.find(miner) != text.npos; };
    return has(peer) || has(status.agent) || std::ranges::any_of(status.workers, has);
}

StatusQuery read_status_query(std::string_view query) {
    StatusQuery read;
    read.miner = service::query_parameter(query, "miner").value_or("");
    if (const auto limit = service::query_parameter(query, "limit")) {
        std::size_t number = 0;
        const auto* const end = limit->data() + limit->size();
        if (std::from_chars(limit->data(), end, number).ptr == end)
            read.limit = std::min(number, StatusQuery::limit_max);
    }
    return read;
}

std::string status_html(const Status& status, const StatusQuery& query, base::SteadyTime now) {
    const auto readiness =
        status.not_ready.empty()
            ? std::string{"ready"}
            : "<span class=bad>not ready: " + escaped(status.not_ready) + "</span>";
    return fmt::format(
               "<!doctype html><html lang=en><meta charset=utf-8><title>adit-translator</title>"
               "<style>{}</style>\n<h1>adit-translator</h1>\n<p>{}; mode {}; {} miners, {}; {} "
               "shares accepted, {} rejected</p>\n",
               style, readiness, escaped(status.mode), status.miners_connected,
               with_unit(status.hash_rate_hps, "H/s"), status.shares_accepted,
               status.shares_rejected) +
           pools_html(status) + miners_html(status, query, now) +
           "<p><a href=\"/status.json\">status.json</a> <a href=\"/metrics\">metrics</a></p>\n";
}

std::string status_json(const Status& status, base::SteadyTime now) {
    nlohmann::json json{{"mode", status.mode},
                        {"is_ready", status.not_ready.empty()},
                        {"not_ready", status.not_ready},
                        {"shares_accepted", status.shares_accepted},
                        {"shares_rejected", status.shares_rejected},
                        {"hash_rate_hps", status.hash_rate_hps},
                        {"miners_connected", status.miners_connected},
                        {"miners_found", status.miners_found},
                        {"pools", nlohmann::json::array()},
                        {"miners", nlohmann::json::array()}};
    for (const auto& pool : status.pools)
        json["pools"].push_back({{"address", pool.address},
                                 {"user_identity", pool.user_identity},
                                 {"is_serving", pool.is_serving},
                                 {"state", pool.state},
                                 {"connections", pool.connections},
                                 {"channels", pool.channels}});
    for (const auto& row : status.miners) json["miners"].push_back(miner_json(row, now));
    // What a miner calls itself is UTF-8, or its line was none; this is the second look.
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace translator
