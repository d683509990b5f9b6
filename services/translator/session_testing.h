#pragma once

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "translator/hasher_testing.h"
#include "translator/miner_testing.h"

/// For tests of a session: one miner that hashes what it hears.
namespace translator::testing {

using namespace std::chrono_literals;

inline constexpr const char* subscribe =
    R"({"id":1,"method":"mining.subscribe","params":["test/1"]})";
inline constexpr const char* authorize =
    R"({"id":2,"method":"mining.authorize","params":["bob.rig","x"]})";
inline constexpr const char* configure =
    R"({"id":3,"method":"mining.configure","params":[["version-rolling"],)"
    R"({"version-rolling.mask":"1fffe000"}]})";

template <class Id>
std::string true_for(const Id& id) {
    return fmt::format(R"({{"id":{},"result":true,"error":null}})", id);
}
template <class Id>
std::string error_for(const Id& id, int code, std::string_view text) {
    return fmt::format(R"({{"id":{},"result":null,"error":[{},"{}",null]}})", id, code, text);
}

class Session : public Scene {
  protected:
    Miner& miner() {
        if (!miner_) miner_ = std::make_unique<Miner>(context(), parser);
        return *miner_;
    }
    /// Says a line and reads what comes.
    std::vector<std::string> say(std::string_view line) {
        auto lines = miner().say(line);
        hasher.read(lines);
        return lines;
    }
    std::vector<std::string> heard() {
        auto lines = miner().heard();
        hasher.read(lines);
        return lines;
    }
    /// As far as the first job.
    void begin() {
        say(subscribe);
        say(authorize);
        channels.serve(channels.last());
        heard();
    }
    /// Another connection of the same miner.
    void reconnect() {
        miner_->hang_up();
        miner_ = std::make_unique<Miner>(context(), parser);
    }
    std::string share() { return hasher.find(hasher.job(), "bob.rig").line; }
    /// How the last share of the hasher's is answered.
    std::string true_for_last() const { return true_for(hasher.last_id()); }

    Hasher hasher{};

  private:
    std::unique_ptr<Miner> miner_{};
};

}  // namespace translator::testing
