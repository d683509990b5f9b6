#include "rpc/replica_set.h"

#include <gmock/gmock.h>

#include <map>

namespace rpc {
namespace {

struct State {
    bool is_started = false;
    bool is_needed = false;
    bool is_gone = false;
};

class FakeReplica {
  public:
    FakeReplica(std::string address, State& state) : address_(std::move(address)), state_(state) {}
    ~FakeReplica() { state_.is_gone = true; }
    FakeReplica(const FakeReplica&) = delete;
    FakeReplica& operator=(const FakeReplica&) = delete;
    const std::string& address() const { return address_; }
    bool is_needed() const { return state_.is_needed; }
    void start() { state_.is_started = true; }

  private:
    std::string address_;
    State& state_;
};

struct ReplicaSetTest : testing::Test {
    std::map<std::string, State> states{};
    ReplicaSet<FakeReplica> replicas{[this](const std::string& address) {
        return std::make_unique<FakeReplica>(address, states[address]);
    }};
};

TEST_F(ReplicaSetTest, StartsWhoIsThereAndWhoComes) {
    replicas.set({"a"});
    EXPECT_FALSE(states["a"].is_started);
    replicas.start();
    EXPECT_TRUE(states["a"].is_started);
    replicas.set({"a", "b"});
    EXPECT_TRUE(states["b"].is_started);
    EXPECT_EQ(replicas.size(), 2U);
}

TEST_F(ReplicaSetTest, LetsGoWhoIsNeitherNamedNorNeeded) {
    replicas.set({"a", "b"});
    states["b"].is_needed = true;
    replicas.set({});
    EXPECT_TRUE(states["a"].is_gone);
    EXPECT_FALSE(states["b"].is_gone) << "it streams, or a call waits for it";
    states["b"].is_needed = false;
    replicas.sweep();
    EXPECT_TRUE(states["b"].is_gone);
}

TEST_F(ReplicaSetTest, KeepsWhoIsNamedAndAway) {
    replicas.set({"a"});
    replicas.sweep();
    EXPECT_EQ(replicas.size(), 1U);
}

TEST_F(ReplicaSetTest, TakesBackWhoIsNamedAgain) {
    replicas.set({"a"});
    states["a"].is_needed = true;
    replicas.set({});
    replicas.set({"a"});
    states["a"].is_needed = false;
    replicas.sweep();
    EXPECT_EQ(replicas.size(), 1U);
}

}  // namespace
}  // namespace rpc
