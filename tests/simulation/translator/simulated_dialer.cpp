#include "simulation/translator/simulated_dialer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "edge/send_queue.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

// As TCP_USER_TIMEOUT of the sockets of NetDialer.
constexpr auto unsent_max = 20s;

}  // namespace

/// Kept by the events of its life until they have run; silent once it was ended.
class SimulatedDialer::Dialled : public std::enable_shared_from_this<Dialled> {
  public:
    Dialled(const Life& life, UpstreamJournal& journal, translator::AnswerTimes& times,
            translator::PoolLink::Callbacks callbacks)
        : life_(life), callbacks_(std::move(callbacks)), said_(journal, times) {}

    void start(Tcp& tcp, Host from, Host to) {
        tcp.dial(from, life_, to, [self = shared_from_this()](std::unique_ptr<TcpEnd> socket) {
            if (self->is_over_) return;
            if (!socket) return self->close("connect", "nobody answers");
            self->on_open(std::move(socket));
        });
    }
    void send(base::ByteView frames) {
        if (is_over_ || !socket_) return;
        said_.on_sent(frames);
        base::append(out_.tail(), frames);
        flush();
    }
    std::size_t unread() const { return out_.unread_size(); }
    bool has_unread() const { return socket_ && socket_->readable() != 0; }
    void check(base::SteadyTime now) {
        const auto since = out_.waiting_since();
        if (since && now - *since > unsent_max)
            life_.after(0us, [self = shared_from_this()] {
                if (!self->is_over_) self->close("write-error", "it takes nothing any more");
            });
    }
    void end() {
        if (std::exchange(is_over_, true)) return;
        said_.on_end();
        if (!socket_) return;
        // Its own event may be running.
        socket_->on_event([] {});
        life_.after(0us, [socket = std::shared_ptr<TcpEnd>{std::move(socket_)}] {});
    }

  private:
    void on_open(std::unique_ptr<TcpEnd> socket) {
        socket_ = std::move(socket);
        socket_->on_event([weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self || self->is_over_) return;
            self->flush();
            self->read_soon();
        });
        callbacks_.on_open();
    }

    void flush() {
        while (!out_.is_empty()) {
            const auto size = socket_->write(out_.unread());
            const auto now = life_.world().now();
            if (size == 0) return out_.blocked(now);
            out_.took(size, now);
        }
    }

    void read_soon() {
        if (std::exchange(is_read_due_, true)) return;
        life_.after(0us, [self = shared_from_this()] {
            self->is_read_due_ = false;
            self->read();
        });
    }

    void read() {
        std::array<std::byte, 4'096> buffer;
        while (!is_over_ && socket_->readable() != 0)
            on_bytes(base::ByteView{buffer}.first(socket_->read(buffer)));
        if (!is_over_ && socket_->is_at_end()) close("closed", "the pool has ended it");
    }

    void on_bytes(base::ByteView bytes) {
        base::append(in_, bytes);
        base::ByteView left{in_};
        while (!is_over_ && left.size() >= sv2::frame_header_size) {
            const auto header = sv2::decode_header(left.first<sv2::frame_header_size>());
            const auto size = sv2::frame_header_size + header.payload_size;
            if (left.size() < size) break;
            const auto payload = left.first(size).subspan(sv2::frame_header_size);
            left = left.subspan(size);
            said_.on_received(header, payload);
            callbacks_.on_frame(header, payload);
        }
        in_.erase(in_.begin(), in_.end() - static_cast<std::ptrdiff_t>(left.size()));
    }

    void close(const char* reason, const char* why) {
        end();
        callbacks_.on_closed(reason, why);
    }

    const Life& life_;
    translator::PoolLink::Callbacks callbacks_;
    UpstreamJournal::Connection said_;
    std::unique_ptr<TcpEnd> socket_{};
    edge::SendQueue out_{};
    base::Bytes in_{};
    bool is_read_due_{};
    bool is_over_{};
};

class SimulatedDialer::Link final : public translator::PoolLink {
  public:
    explicit Link(std::shared_ptr<Dialled> dialled) : dialled_(std::move(dialled)) {}
    ~Link() override { dialled_->end(); }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    void send(base::ByteView frames) override { dialled_->send(frames); }
    std::size_t unread() const override { return dialled_->unread(); }
    void check(base::SteadyTime now) override { dialled_->check(now); }

  private:
    std::shared_ptr<Dialled> dialled_;
};

SimulatedDialer::SimulatedDialer(Tcp& tcp, Host host, const Life& life, UpstreamJournal& journal,
                                 Resolve resolve)
    : tcp_(tcp), host_(host), life_(life), journal_(journal), resolve_(std::move(resolve)) {}

SimulatedDialer::~SimulatedDialer() = default;

std::unique_ptr<translator::PoolLink> SimulatedDialer::dial(
    const translator::PoolAddress& address, translator::PoolLink::Callbacks callbacks) {
    std::erase_if(dialled_, [](const auto& one) { return one.expired(); });
    auto dialled =
        std::make_shared<Dialled>(life_, journal_, times_[address.host], std::move(callbacks));
    dialled->start(tcp_, host_, resolve_(address.host));
    dialled_.push_back(dialled);
    return std::make_unique<Link>(std::move(dialled));
}

bool SimulatedDialer::has_unread() const {
    return std::ranges::any_of(dialled_, [](const auto& weak) {
        const auto one = weak.lock();
        return one && one->has_unread();
    });
}

void SimulatedDialer::cut() {
    for (const auto& weak : dialled_)
        if (const auto one = weak.lock()) one->end();
}

}  // namespace simulation
