#include "simulation/tcp.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "simulation/link.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

constexpr auto connect_deadline = 3s;
// More than any window holds in pieces: a link of a connection never refuses.
constexpr std::size_t pieces_max = 1'000'000;

}  // namespace

struct TcpEnd::Shared {
    struct Side {
        Host host{};
        std::unique_ptr<Link> to_other{};
        base::Bytes inbox{};
        std::size_t taken{};
        std::size_t room{};       // that the other end has for what is sent
        std::size_t to_return{};  // was read, and the other end does not know
        bool is_there{true};
        bool has_ended{};
        bool is_notified{};
        std::function<void()> handler{};
    };
    Network& network;
    std::size_t window;
    std::array<Side, 2> sides{};

    void notify(std::size_t side) {
        if (sides[side].is_there && sides[side].handler) sides[side].handler();
    }
};

TcpEnd::TcpEnd(std::shared_ptr<Shared> shared, std::size_t side)
    : shared_(std::move(shared)), side_(side) {}

TcpEnd::~TcpEnd() {
    auto& own = shared_->sides[side_];
    auto& other = shared_->sides[1 - side_];
    own.is_there = false;
    own.handler = nullptr;
    other.to_other.reset();  // who is gone receives nothing
    if (!other.is_there) return;
    if (!own.to_other) return;
    own.to_other->send([shared = shared_, side = 1 - side_] {
        shared->sides[side].has_ended = true;
        shared->notify(side);
    });
}

void TcpEnd::on_event(std::function<void()> handler) {
    shared_->sides[side_].handler = std::move(handler);
}

std::size_t TcpEnd::write(base::ByteView bytes) {
    auto& own = shared_->sides[side_];
    if (!own.to_other) return bytes.size();  // nobody is there; the end is on its way to us
    const auto size = std::min(bytes.size(), own.room);
    if (size == 0) return 0;
    own.room -= size;
    own.to_other->send(
        [shared = shared_, side = 1 - side_, sent = base::to_bytes(bytes.first(size))] {
            base::append(shared->sides[side].inbox, sent);
            shared->notify(side);
        });
    return size;
}

std::size_t TcpEnd::read(std::span<std::byte> into) {
    auto& own = shared_->sides[side_];
    const auto size = std::min(into.size(), readable());
    std::copy_n(own.inbox.begin() + static_cast<std::ptrdiff_t>(own.taken), size, into.begin());
    own.taken += size;
    if (own.taken == own.inbox.size()) {
        own.inbox.clear();
        own.taken = 0;
    }
    own.to_return += size;
    if (own.to_return >= shared_->window / 4 && own.to_other) {
        own.to_other->send(
            [shared = shared_, side = 1 - side_, size_returned = std::exchange(own.to_return, 0)] {
                shared->sides[side].room += size_returned;
                shared->notify(side);
            });
    }
    return size;
}

std::size_t TcpEnd::readable() const {
    const auto& own = shared_->sides[side_];
    return own.inbox.size() - own.taken;
}

Host TcpEnd::peer() const {
    return shared_->sides[1 - side_].host;
}

bool TcpEnd::is_at_end() const {
    return is_broken() && readable() == 0;
}

bool TcpEnd::is_broken() const {
    return shared_->sides[side_].has_ended;
}

Tcp::Listener::Listener(Tcp& tcp, Host host, const Life& life, OnAccept on_accept)
    : tcp_(tcp), host_(host) {
    tcp_.listening_[host] = {&life, std::move(on_accept)};
}

Tcp::Listener::~Listener() {
    tcp_.listening_.erase(host_);
}

void Tcp::dial(Host from, const Life& life, Host to,
               std::function<void(std::unique_ptr<TcpEnd>)> done) {
    const bool is_reached = network_.reaches(from, to);
    const auto wait = is_reached ? network_.delay() + network_.delay() : connect_deadline;
    life.after(wait, [this, from, &life, to, is_reached, done = std::move(done)] {
        const auto found = listening_.find(to);
        if (!is_reached || found == listening_.end()) return done(nullptr);
        auto shared = std::make_shared<TcpEnd::Shared>(
            TcpEnd::Shared{.network = network_, .window = window_});
        auto& [client, server] = shared->sides;
        client.host = from;
        server.host = to;
        client.room = server.room = window_;
        client.to_other =
            std::make_unique<Link>(network_, from, to, *found->second.life, pieces_max);
        server.to_other = std::make_unique<Link>(network_, to, from, life, pieces_max);
        // Who accepts learns of it in an event of its own: it may be frozen meanwhile.
        auto accepted =
            std::make_shared<std::unique_ptr<TcpEnd>>(std::make_unique<TcpEnd>(shared, 1));
        found->second.life->after(1us, [this, to, accepted] {
            const auto listening = listening_.find(to);
            if (listening != listening_.end()) listening->second.on_accept(std::move(*accepted));
        });
        done(std::make_unique<TcpEnd>(shared, 0));
    });
}

}  // namespace simulation
