#include "auditor/journal_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "auditor/journal_line.h"
#include "auditor/sv1_journal_reader.h"
#include "base/hex.h"
#include "bitcoin/header.h"

namespace auditor {
namespace {

mining::ChannelKey read_key(std::string_view prefix) {
    const auto bytes = base::from_hex(prefix);
    if (!bytes || bytes->size() < 8)
        throw std::runtime_error(
            fmt::format("\"{}\" is no extranonce prefix of this pool", prefix));
    return mining::ChannelKey::from_bytes(std::span{*bytes}.first<8>());
}

SubmittedShare read_share(const Object& line) {
    SubmittedShare share;
    share.sequence_number = number32(line, "sequence_number");
    share.nonce = number32(line, "nonce");
    const auto hash = bitcoin::Uint256::from_be_hex(text(line, "hash"));
    if (!hash) throw std::runtime_error("hash is not 64 hexadecimal digits");
    share.hash = bitcoin::BlockHash{*hash};
    std::string_view digits;
    if (line["header"].get_string().get(digits) != simdjson::SUCCESS || digits.empty())
        return share;
    const auto header = header_bytes(digits);
    if (bitcoin::header_hash(header) != share.hash)
        throw std::runtime_error("hash is not that of header");
    const auto fields = bitcoin::decode_header(header);
    if (fields.nonce != share.nonce) throw std::runtime_error("nonce is not that of header");
    share.ntime = fields.ntime;
    share.version = fields.version;
    share.nbits = fields.nbits;
    share.prev_hash = fields.prev_hash;
    share.has_header = true;
    return share;
}

class Reader {
  public:
    explicit Reader(std::string name) : name_(std::move(name)) {}

    void read(const Object& line) {
        const auto event = text(line, "event");
        const auto connection = number(line, "connection");
        if (event == "connected") {
            // Counted from 1 again: the miner was started anew. No answer comes to what is open.
            if (connection <= connection_) {
                ++run_;
                open_.clear();
            }
            connection_ = connection;
            sv1_.connected(line, fmt::format("{} run {} connection {}", name_, run_, connection));
        } else if (event == "channel_opened") {
            open(line);
        } else if (event == "share") {
            find(line).shares.push_back(read_share(line));
        } else if (event == "success") {
            auto& channel = find(line);
            channel.last_sequence_number =
                std::max(channel.last_sequence_number, number32(line, "last_sequence_number"));
            channel.has_success = true;
            channel.accepted_count += number(line, "count");
            channel.accepted_sum += number(line, "sum");
        } else if (event == "error") {
            std::string_view code;
            if (line["error_code"].get_string().get(code) != simdjson::SUCCESS) code = "";
            find(line).rejected.emplace(number32(line, "sequence_number"), std::string{code});
        } else {
            sv1_.read(event, line);
        }
    }
    Journal take() { return {.channels = std::move(channels_), .sv1 = sv1_.take()}; }

  private:
    void open(const Object& line) {
        const auto connection = number(line, "connection");
        const auto id = number32(line, "channel_id");
        JournalChannel channel;
        channel.name =
            fmt::format("{} run {} connection {} channel {}", name_, run_, connection, id);
        channel.key = read_key(text(line, "extranonce_prefix"));
        open_[{connection, id}] = channels_.size();
        channels_.push_back(std::move(channel));
    }
    JournalChannel& find(const Object& line) {
        const auto id = number32(line, "channel_id");
        const auto at = open_.find({number(line, "connection"), id});
        if (at == open_.end()) throw std::runtime_error(fmt::format("channel {} is not open", id));
        return channels_[at->second];
    }

    std::string name_;
    Sv1JournalReader sv1_{};
    std::vector<JournalChannel> channels_{};
    /// By connection and channel id.
    std::map<std::pair<std::uint64_t, std::uint32_t>, std::size_t> open_{};
    std::uint64_t run_ = 1;
    std::uint64_t connection_ = 0;
};

}  // namespace

Journal read_journal(std::istream& lines, const std::string& name) {
    Reader reader{name};
    simdjson::dom::parser parser;
    std::string line;
    for (std::size_t at = 1; std::getline(lines, line); ++at) {
        const bool is_last = lines.eof();
        try {
            reader.read(parser.parse(line).get_object().value());
        } catch (const std::exception& error) {
            if (is_last) break;
            throw std::runtime_error(fmt::format("{}:{}: {}", name, at, error.what()));
        }
    }
    return reader.take();
}

}  // namespace auditor
