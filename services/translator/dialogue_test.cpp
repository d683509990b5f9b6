#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

#include "sv1/line_reader.h"
#include "sv1/text.h"
#include "translator/session_testing.h"

// Replays tests/translator/dialogues, whose README.md says what their lines mean.

namespace translator::testing {
namespace {

namespace fs = std::filesystem;

/// A literal text with placeholders in braces; a line of JSON has braces of its own, but none
/// around a single word.
std::regex pattern_of(const std::string& expected) {
    static const std::regex special{R"([.*+?^$()\[\]|\\{}])"};
    static const std::regex placeholder{R"(\\\{[a-z0-9_]+\\\})"};
    const auto escaped = std::regex_replace(expected, special, R"(\$&)");
    return std::regex{std::regex_replace(escaped, placeholder, "[^\",]*")};
}

const std::string notify_pattern =
    R"(\{"id":null,"method":"mining\.notify","params":\["[0-9]+","[0-9a-f]{64}","[0-9a-f]*",)"
    R"("[0-9a-f]*",\[("[0-9a-f]{64}"(,"[0-9a-f]{64}")*)?\],"[0-9a-f]{8}","[0-9a-f]{8}",)"
    R"("[0-9a-f]{8}",)";

bool is_met(const std::string& expected, const std::string& line) {
    if (expected == "notify")
        return std::regex_match(line, std::regex{notify_pattern + R"(false\]\})"});
    if (expected == "notify clean")
        return std::regex_match(line, std::regex{notify_pattern + R"(true\]\})"});
    return std::regex_match(line, pattern_of(expected));
}

class Dialogue : public Session, public ::testing::WithParamInterface<std::string> {
  protected:
    void replay(std::istream& script) {
        std::size_t number = 0;
        for (std::string line; std::getline(script, line);) {
            ++number;
            SCOPED_TRACE("line " + std::to_string(number) + ": " + line);
            if (line.empty() || line[0] == '#') continue;
            if (line.starts_with("< ")) {
                if (segment_is_open()) send();
                hear(line.substr(2));
            } else if (line.starts_with("> ")) {
                expect_silence();
                add_to_segment(line.substr(2));
            } else {
                if (segment_is_open()) send();
                expect_silence();
                act(line);
            }
            if (HasFatalFailure()) return;
        }
        if (segment_is_open()) send();
        expect_silence();
    }

  private:
    bool segment_is_open() const { return !segment_.empty(); }

    void add_to_segment(std::string line) {
        const bool has_cr = line.ends_with("\\r");
        if (has_cr) line.erase(line.size() - 2);
        for (const auto& [name, value] : values_)
            for (auto at = line.find(name); at != std::string::npos; at = line.find(name))
                line.replace(at, name.size(), value);
        segment_ += line + (has_cr ? "\r\n" : "\n");
    }
    void send() {
        auto unread = base::as_bytes(segment_);
        for (auto line = reader_.take_line(unread); line && *line;
             line = reader_.take_line(unread)) {
            const auto message = parser.parse(**line);
            ASSERT_TRUE(message) << **line;
            miner().session->on_line(*message);
        }
        segment_.clear();
        listen();
    }
    void listen() {
        for (auto& line : heard()) unread_.push_back(std::move(line));
        if (!hasher.session.empty()) values_["{session}"] = hasher.session;
    }
    void hear(const std::string& expected) {
        ASSERT_FALSE(unread_.empty()) << "nothing was said";
        EXPECT_TRUE(is_met(expected, unread_.front())) << "said was " << unread_.front();
        unread_.erase(unread_.begin());
    }
    void expect_silence() {
        EXPECT_THAT(unread_, ::testing::IsEmpty()) << "said and not expected";
        unread_.clear();
    }

    void act(const std::string& line) {
        std::istringstream words{line};
        const std::vector<std::string> said{std::istream_iterator<std::string>{words}, {}};
        const auto word = [&](std::size_t index) {
            return index < said.size() ? said[index] : std::string{};
        };
        if (said[0] == "set")
            set(word(1), word(2));
        else if (said[0] == "pool")
            pool(word(1), word(2));
        else if (said[0] == "find")
            find(said);
        else if (said[0] == "wait")
            wait(std::stoi(word(1)));
        else if (said[0] == "reconnect")
            reconnect();
        else if (said[0] == "closed")
            EXPECT_EQ(miner().outlet.closed, word(1));
        else
            ADD_FAILURE() << "no such line";
        listen();
    }
    void set(const std::string& key, const std::string& value) {
        if (key == "prefix_in")
            settings.prefix_in = value == "coinbase1" ? PrefixIn::coinbase1 : PrefixIn::extranonce1;
        else if (key == "identity_follows_user")
            settings.identity_follows_user = value == "true";
        else if (key == "version_mask")
            settings.version_mask = *sv1::parse_hex32(value);
        else
            ADD_FAILURE() << "no such setting";
    }
    void pool(const std::string& event, const std::string& value) {
        const auto channel = channels.last();
        if (event == "open") return channels.grant(channel);
        if (event == "refuse") return channels.refuse(channel, value);
        if (event == "difficulty") return void(channels.target = sv1::target_of(std::stod(value)));
        if (event == "easy") return void(channels.target = easy_target());
        if (event == "gone") return channels.listener(channel).on_interrupted();
        if (event == "accepts")
            return channels.verdict(channels.shares.back().ticket, Verdict::accepted);
        if (event == "rejects")
            return channels.verdict(channels.shares.back().ticket,
                                    value == "low" ? Verdict::low : Verdict::rejected, value);
        if (event == "prefix") {
            channels.prefix = shared_bytes(value);
            return channels.grant(channel);
        }
        if (event == "fixed") {
            channels.new_parts();
            return void(channels.parts->may_roll_version = false);
        }
        if (event == "tip")
            channels.new_tip();
        else if (event == "job")
            channels.new_parts();
        else
            ADD_FAILURE() << "no such event";
        channels.give_job(channel, event == "tip");
    }
    void find(const std::vector<std::string>& said) {
        const auto has = [&](const char* word) {
            return std::ranges::find(said, word) != said.end();
        };
        ASSERT_FALSE(hasher.jobs.empty());
        const auto& job = has("before") ? hasher.jobs.at(hasher.jobs.size() - 2) : hasher.job();
        std::optional<std::uint32_t> bits;
        if (has("bits")) bits = sv1::parse_hex32(said.back());
        const auto found = has("low") ? hasher.find_low(job, "w") : hasher.find(job, "w", bits);
        sv1::Parser own;
        const auto share =
            std::get<sv1::Submit>(*std::get<sv1::Request>(*own.parse(found.line)).call);
        values_["{job}"] = job.id;
        values_["{extranonce2}"] = base::to_hex(share.extranonce2.view());
        values_["{ntime}"] = fmt::format("{:08x}", share.ntime);
        values_["{nonce}"] = fmt::format("{:08x}", share.nonce);
        values_["{short_nonce}"] = fmt::format("{:x}", share.nonce);
        values_["{bits}"] = fmt::format("{:08x}", bits.value_or(0));
    }
    void wait(int seconds) {
        for (int i = 0; i < seconds; ++i) {
            advance(1s);
            miner().session->on_tick();
        }
    }

    sv1::LineReader reader_{};
    std::string segment_{};
    std::vector<std::string> unread_{};
    std::map<std::string, std::string> values_{};
};

TEST_P(Dialogue, IsHeldAsRecorded) {
    std::ifstream script{"tests/translator/dialogues/" + GetParam() + ".txt"};
    ASSERT_TRUE(script) << "run the tests from the root of the project";
    replay(script);
}

std::vector<std::string> recorded() {
    std::vector<std::string> names;
    std::error_code elsewhere;
    for (const auto& entry : fs::directory_iterator{"tests/translator/dialogues", elsewhere})
        if (entry.path().extension() == ".txt") names.push_back(entry.path().stem());
    std::ranges::sort(names);
    return names;
}

INSTANTIATE_TEST_SUITE_P(Firmware, Dialogue, ::testing::ValuesIn(recorded()),
                         [](const auto& recording) { return recording.param; });

}  // namespace
}  // namespace translator::testing
