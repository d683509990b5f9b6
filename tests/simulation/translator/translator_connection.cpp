#include "simulation/translator/translator_connection.h"

#include <array>
#include <utility>
#include <variant>

#include "simulation/translator/translator_process.h"
#include "translator/miner_deadlines.h"

namespace simulation {

TranslatorConnection::TranslatorConnection(std::uint64_t id, std::unique_ptr<TcpEnd> socket,
                                           TranslatorProcess& translator)
    : id_(id),
      translator_(translator),
      socket_(std::move(socket)),
      miner_(socket_->peer()),
      phase_since_(translator.clock().steady_now()) {}

void TranslatorConnection::start() {
    socket_->on_event([this] {
        const auto self = shared_from_this();
        read();
        flush();
    });
    read();
}

void TranslatorConnection::read() {
    while (socket_ && socket_->readable() != 0) {
        std::array<std::byte, 4'096> buffer;
        on_bytes(base::ByteView{buffer}.first(socket_->read(buffer)));
    }
    if (socket_ && socket_->is_at_end()) close("by-miner");
}

void TranslatorConnection::on_bytes(base::ByteView bytes) {
    is_reading_ = true;
    while (socket_) {
        const auto line = reader_.take_line(bytes);
        if (!line) {
            close("line-too-long");
            break;
        }
        if (!*line) break;
        line_since_.reset();
        on_line(**line);
    }
    is_reading_ = false;
    send();
    if (reader_.has_partial_line() && !line_since_) line_since_ = translator_.clock().steady_now();
}

void TranslatorConnection::on_line(std::string_view line) {
    if (!session_) {
        session_.emplace(translator_.context(), *this, "192.0.2.2:1");
        phase_since_ = translator_.clock().steady_now();
    }
    const auto message = translator_.parser().parse(line);
    if (!message) return session_->on_bad_line(message.error());
    const auto* request = std::get_if<sv1::Request>(&*message);
    if (request != nullptr && request->call &&
        std::holds_alternative<sv1::Subscribe>(*request->call))
        has_subscribed_ = true;
    session_->on_line(*message);
}

void TranslatorConnection::flush_soon() {
    if (!is_reading_) send();
}

bool TranslatorConnection::is_backed_up() const {
    return out_.unread_size() > translator_.limits().send_queue_max / 4;
}

void TranslatorConnection::send() {
    const auto said = std::exchange(lines_, {});
    if (!socket_ || said.empty()) return;
    if (out_.unread_size() + said.size() > translator_.limits().send_queue_max)
        return close("slow-reader");
    base::append(out_.tail(), base::as_bytes(said));
    flush();
}

void TranslatorConnection::flush() {
    while (socket_ && !out_.is_empty()) {
        const auto size = socket_->write(out_.unread());
        const auto now = translator_.clock().steady_now();
        if (size == 0) return out_.blocked(now);
        out_.took(size, now);
    }
}

void TranslatorConnection::on_tick(base::SteadyTime now) {
    if (session_ && socket_) session_->on_tick();
    if (!socket_) return;
    using Phase = translator::MinerProgress::Phase;
    const translator::MinerProgress progress{.phase = !session_          ? Phase::first_line
                                                      : !has_subscribed_ ? Phase::subscribe
                                                                         : Phase::mining,
                                             .phase_since = phase_since_,
                                             .line_since = line_since_,
                                             .unwritten_since = out_.waiting_since()};
    if (const auto reason = overdue(progress, translator_.limits().deadlines, now)) close(*reason);
}

void TranslatorConnection::close(std::string_view reason) {
    if (!socket_) return;
    if (out_.is_empty() && !lines_.empty()) socket_->write(base::as_bytes(lines_));
    // Its own event may be running.
    translator_.life().after(std::chrono::microseconds{0},
                             [socket = std::shared_ptr<TcpEnd>{std::move(socket_)}] {});
    socket_ = nullptr;
    translator_.ended(*this, reason);
}

void TranslatorConnection::bury() {
    if (session_) session_->on_end();
    session_.reset();
}

}  // namespace simulation
