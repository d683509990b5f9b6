#include "service/name_watch.h"

#include <gmock/gmock.h>

#include <map>

namespace service {
namespace {

using testing::ElementsAre;

// A name server whose answers the test decides.
struct FakeNames {
    std::map<std::string, std::vector<std::string>> known{};
    bool is_away = false;

    NameWatch::LookUp look_up() {
        return [this](const std::string& host, const NameWatch::Found& found) {
            if (is_away || known.count(host) == 0) return found(std::nullopt);
            found(known.at(host));
        };
    }
};

class NameWatchTest : public testing::Test {
  protected:
    NameWatch& watch(std::vector<Endpoint> names) {
        watch_.emplace(
            loop_, std::move(names),
            [this](const auto& addresses) { told_.push_back(texts(addresses)); }, names_.look_up(),
            NameWatch::Settings{.every = std::chrono::milliseconds{1}});
        watch_->start();
        return *watch_;
    }
    // The next look-up of every name, and what follows from it.
    void look_again() { loop_.run_one(); }

    boost::asio::io_context loop_{};
    FakeNames names_{};
    std::vector<std::vector<std::string>> told_{};
    std::optional<NameWatch> watch_{};
};

TEST_F(NameWatchTest, TellsNumericAddressesAtOnce) {
    watch({{"10.0.0.2", 7}, {"::1", 8}});
    EXPECT_THAT(told_, ElementsAre(ElementsAre("10.0.0.2:7", "[::1]:8")));
    EXPECT_EQ(loop_.run(), 0U) << "nothing is left to be asked";
}

TEST_F(NameWatchTest, TellsEveryAddressOfAName) {
    names_.known["gateways"] = {"10.0.0.2", "10.0.0.1", "10.0.0.2"};
    watch({{"gateways", 7}, {"10.0.0.1", 7}});
    EXPECT_THAT(told_.back(), ElementsAre("10.0.0.1:7", "10.0.0.2:7"));
}

TEST_F(NameWatchTest, FollowsWhoComesAndGoes) {
    names_.known["gateways"] = {"10.0.0.1"};
    watch({{"gateways", 7}});
    names_.known["gateways"] = {"10.0.0.1", "10.0.0.2"};
    look_again();
    names_.known["gateways"] = {"10.0.0.2"};
    look_again();
    look_again();
    EXPECT_THAT(told_,
                ElementsAre(ElementsAre("10.0.0.1:7"), ElementsAre("10.0.0.1:7", "10.0.0.2:7"),
                            ElementsAre("10.0.0.2:7")));
}

TEST_F(NameWatchTest, KeepsWhatItKnowsWhileNobodyAnswers) {
    names_.known["gateways"] = {"10.0.0.1"};
    auto& watch = this->watch({{"gateways", 7}});
    names_.is_away = true;
    look_again();
    EXPECT_THAT(texts(watch.addresses()), ElementsAre("10.0.0.1:7"));
    names_.is_away = false;
    names_.known["gateways"] = {};
    look_again();
    EXPECT_THAT(texts(watch.addresses()), ElementsAre("10.0.0.1:7")) << "an empty answer is none";
}

TEST_F(NameWatchTest, WaitsForANameThatNobodyKnowsYet) {
    watch({{"gateways", 7}});
    EXPECT_THAT(told_, ElementsAre());
    names_.known["gateways"] = {"10.0.0.1"};
    look_again();
    EXPECT_THAT(told_, ElementsAre(ElementsAre("10.0.0.1:7")));
}

TEST(NameWatch, AsksTheSystem) {
    boost::asio::io_context loop;
    std::vector<std::string> told;
    NameWatch watch{loop, {{"localhost", 7}}, [&](const auto& addresses) {
                        told = texts(addresses);
                        loop.stop();
                    }};
    watch.start();
    loop.run_for(std::chrono::seconds{30});
    EXPECT_THAT(told, testing::Contains(testing::AnyOf("127.0.0.1:7", "[::1]:7")));
}

}  // namespace
}  // namespace service
