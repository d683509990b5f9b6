#include "auditor/journal_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace auditor {
namespace {

using Json = nlohmann::json;

class Reader {
  public:
    explicit Reader(std::string name) : name_(std::move(name)) {}

    void read(const Json& line) {
        const auto event = line.at("event").get<std::string>();
        const auto connection = line.at("connection").get<std::uint64_t>();
        if (event == "connected") {
            // Counted from 1 again: the miner was started anew. No answer comes to what is open.
            if (connection <= connection_) ++run_;
            connection_ = connection;
            open_.clear();
        } else if (event == "channel_opened") {
            open(line);
        } else if (event == "share") {
            auto& channel = find(line);
            channel.shares.push_back({line.at("sequence_number").get<std::uint32_t>(),
                                      line.at("nonce").get<std::uint32_t>(),
                                      line.at("hash").get<std::string>()});
        } else if (event == "success") {
            auto& channel = find(line);
            channel.last_sequence_number = std::max(
                channel.last_sequence_number, line.at("last_sequence_number").get<std::uint32_t>());
            channel.has_success = true;
            channel.accepted_count += line.at("count").get<std::uint64_t>();
            channel.accepted_sum += line.at("sum").get<std::uint64_t>();
        } else if (event == "error") {
            find(line).rejected.insert(line.at("sequence_number").get<std::uint32_t>());
        }
    }
    std::vector<JournalChannel> take() { return std::move(channels_); }

  private:
    void open(const Json& line) {
        const auto id = line.at("channel_id").get<std::uint32_t>();
        JournalChannel channel;
        channel.name =
            fmt::format("{} run {} connection {} channel {}", name_, run_, connection_, id);
        channel.key = line.at("extranonce_prefix").get<std::string>();
        open_[id] = channels_.size();
        channels_.push_back(std::move(channel));
    }
    JournalChannel& find(const Json& line) {
        const auto id = line.at("channel_id").get<std::uint32_t>();
        const auto at = open_.find(id);
        if (at == open_.end()) throw std::runtime_error(fmt::format("channel {} is not open", id));
        return channels_[at->second];
    }

    std::string name_;
    std::vector<JournalChannel> channels_{};
    std::map<std::uint32_t, std::size_t> open_{};
    std::uint64_t run_ = 1;
    std::uint64_t connection_ = 0;
};

}  // namespace

std::vector<JournalChannel> read_journal(std::istream& lines, const std::string& name) {
    Reader reader{name};
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        const bool is_last = lines.eof();
        try {
            reader.read(Json::parse(line));
        } catch (const std::exception& error) {
            if (is_last) break;
            throw std::runtime_error(fmt::format("{}:{}: {}", name, number, error.what()));
        }
    }
    return reader.take();
}

}  // namespace auditor
