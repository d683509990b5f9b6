#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rpc {

/// One `Replica` for each address that is named now. One that is named no more stays for as long as
/// it `is_needed()`: its stream is whole, or calls wait for it. Owned by the loop.
///
/// `Replica` has `address()`, `is_needed()` and `start()`.
template <class Replica>
class ReplicaSet {
  public:
    using Make = std::function<std::unique_ptr<Replica>(const std::string& address)>;

    explicit ReplicaSet(Make make) : make_(std::move(make)) {}

    /// Those that are new are made, and started if start() was called. Not inside a handler of a
    /// replica.
    void set(const std::vector<std::string>& addresses) {
        for (auto& member : members_) member.is_named = contains(addresses, *member.replica);
        for (const auto& address : addresses) {
            if (is_known(address)) continue;
            members_.push_back({make_(address)});
            if (is_started_) members_.back().replica->start();
        }
        sweep();
    }

    void start() {
        is_started_ = true;
        for (auto& member : members_) member.replica->start();
    }

    /// Lets those go that are neither named nor needed. Not inside a handler of a replica.
    void sweep() {
        std::erase_if(members_, [](const Member& member) {
            return !member.is_named && !member.replica->is_needed();
        });
    }

    std::size_t size() const { return members_.size(); }

    template <class Act>
    void for_each(Act act) const {
        for (const auto& member : members_) act(*member.replica);
    }

  private:
    struct Member {
        std::unique_ptr<Replica> replica{};
        bool is_named = true;
    };

    static bool contains(const std::vector<std::string>& addresses, const Replica& replica) {
        return std::ranges::find(addresses, replica.address()) != addresses.end();
    }
    bool is_known(const std::string& address) const {
        return std::ranges::any_of(
            members_, [&](const Member& member) { return member.replica->address() == address; });
    }

    Make make_;
    std::vector<Member> members_{};
    bool is_started_ = false;
};

}  // namespace rpc
