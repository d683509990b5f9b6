#include "auditor/sv1_journal_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/hex.h"

namespace auditor {
namespace {

std::optional<LedgerJob> read_job(const Object& line) {
    auto coinbase = base::from_hex(text(line, "coinbase1"));
    const auto extranonce1 = base::from_hex(text(line, "extranonce1"));
    if (!coinbase || !extranonce1) throw std::runtime_error("a job that is not hexadecimal");
    base::append(*coinbase, *extranonce1);
    return ledger_job_of(*coinbase);
}

}  // namespace

void Sv1JournalReader::connected(const Object& line, std::string name) {
    const auto connection = number(line, "connection");
    open_.erase(connection);
    std::string_view protocol;
    if (line["protocol"].get_string().get(protocol) != simdjson::SUCCESS || protocol != "sv1")
        return;
    open_[connection].place = connections_.size();
    connections_.push_back({.name = std::move(name)});
}

void Sv1JournalReader::read(std::string_view event, const Object& line) {
    const auto at = open_.find(number(line, "connection"));
    if (event == "submit" || event == "answer" || event == "job") {
        if (at == open_.end()) throw std::runtime_error("no SV1 connection has this number");
    } else if (at == open_.end()) {
        return;
    }
    auto& open = at->second;
    if (event == "job") {
        open.jobs.insert_or_assign(std::string{text(line, "job_id")}, read_job(line));
    } else if (event == "submit") {
        submit(open, line);
    } else if (event == "answer") {
        answer(open, line);
    } else if (event == "subscribed") {
        bool is_resumed = false;
        if (line["is_resumed"].get_bool().get(is_resumed) == simdjson::SUCCESS)
            connections_[open.place].is_resumed = is_resumed;
    } else if (event == "connection_lost") {
        open_.erase(at);
    }
}

void Sv1JournalReader::submit(Open& open, const Object& line) {
    auto& shares = connections_[open.place].shares;
    const auto header = header_bytes(text(line, "header"));
    const auto target = bitcoin::Uint256::from_be_hex(text(line, "target"));
    if (!target) throw std::runtime_error("target is not 64 hexadecimal digits");
    Sv1Share share{.request_id = number(line, "request_id"),
                   .hash = bitcoin::header_hash(header),
                   .target = bitcoin::Target{*target},
                   .sent_us = static_cast<std::int64_t>(number(line, "time_us"))};
    std::string_view hash;
    if (line["hash"].get_string().get(hash) == simdjson::SUCCESS &&
        hash != share.hash.value.to_be_hex())
        throw std::runtime_error("hash is not that of header");
    if (const auto job = open.jobs.find(text(line, "job_id")); job != open.jobs.end())
        share.job = job->second;
    open.shares[share.request_id] = shares.size();
    shares.push_back(share);
}

void Sv1JournalReader::answer(Open& open, const Object& line) {
    const auto at = open.shares.find(number(line, "request_id"));
    if (at == open.shares.end())
        throw std::runtime_error(fmt::format("share {} was not submitted, or was answered before",
                                             number(line, "request_id")));
    auto& share = connections_[open.place].shares[at->second];
    share.answer =
        line["result"].get_bool().value() ? Sv1Share::Answer::accepted : Sv1Share::Answer::rejected;
    share.answered_us = static_cast<std::int64_t>(number(line, "time_us"));
    open.shares.erase(at);
}

std::vector<Sv1Connection> Sv1JournalReader::take() {
    std::erase_if(connections_, [](const auto& connection) { return connection.shares.empty(); });
    open_.clear();
    return std::move(connections_);
}

}  // namespace auditor
