#include "redis/link.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <charconv>

#include "redis/hiredis_reply.h"

namespace redis {
namespace {

namespace asio = boost::asio;

/// As the protocol wants it. hiredis' own formatting takes five times as long, which counts where a
/// command has thousands of arguments.
std::string formatted(const Args& args) {
    constexpr std::size_t head_size_max = 1 + 20 + 2;  // sign, number, line end
    std::size_t size = head_size_max;
    for (const auto& arg : args) size += head_size_max + arg.size() + 2;
    std::string text(size, '\0');
    auto* at = text.data();
    const auto head = [&](char sign, std::size_t number) {
        *at++ = sign;
        at = std::to_chars(at, at + 20, number).ptr;
        *at++ = '\r';
        *at++ = '\n';
    };
    head('*', args.size());
    for (const auto& arg : args) {
        head('$', arg.size());
        at = std::ranges::copy(arg, at).out;
        *at++ = '\r';
        *at++ = '\n';
    }
    text.resize(static_cast<std::size_t>(at - text.data()));
    return text;
}

}  // namespace

/// The adapter between hiredis' hooks and Asio. hiredis frees its context whenever it sees fit
/// and calls `cleanup` first, so the state keeps itself alive until then.
struct Link::State {
    State(asio::io_context& loop, Events what)
        : io(loop), descriptor(loop), events(std::move(what)) {}

    asio::io_context& io;
    asio::posix::stream_descriptor descriptor;
    Events events;
    redisAsyncContext* context = nullptr;
    std::shared_ptr<State> self{};
    bool is_closed = false;
    bool wants_read = false;
    bool wants_write = false;
    bool waits_for_read = false;
    bool waits_for_write = false;

    void attach(redisAsyncContext* to, const std::shared_ptr<State>& me) {
        context = to;
        self = me;
        descriptor.assign(to->c.fd);
        to->data = this;
        to->ev.data = this;
        to->ev.addRead = [](void* of) { static_cast<State*>(of)->want_read(true); };
        to->ev.delRead = [](void* of) { static_cast<State*>(of)->want_read(false); };
        to->ev.addWrite = [](void* of) { static_cast<State*>(of)->want_write(true); };
        to->ev.delWrite = [](void* of) { static_cast<State*>(of)->want_write(false); };
        to->ev.cleanup = [](void* of) { static_cast<State*>(of)->detach(); };
        redisAsyncSetConnectCallback(to, [](const redisAsyncContext* of, int status) {
            if (status == REDIS_OK) static_cast<State*>(of->data)->connected();
        });
    }

    // Posted, because hiredis 0.14 does not survive being freed inside its connect callback.
    void connected() {
        asio::post(io, [me = self] {
            if (me->context != nullptr && !me->is_closed) me->events.on_connected();
        });
    }

    void detach() {
        const auto alive = std::move(self);
        const std::string reason = context->errstr != nullptr ? context->errstr : "";
        context = nullptr;
        descriptor.release();  // hiredis closes it
        lost(alive, reason);
    }

    static void lost(const std::shared_ptr<State>& me, const std::string& reason) {
        asio::post(me->io, [me, reason] {
            if (!me->is_closed) me->events.on_lost(reason.empty() ? "closed" : reason);
        });
    }

    void want_read(bool wanted) {
        wants_read = wanted;
        if (!wants_read || waits_for_read || !descriptor.is_open()) return;
        waits_for_read = true;
        descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                              [me = self](boost::system::error_code error) {
                                  me->waits_for_read = false;
                                  if (error || me->context == nullptr || !me->wants_read) return;
                                  redisAsyncHandleRead(me->context);
                                  if (me->context != nullptr) me->want_read(me->wants_read);
                              });
    }

    void want_write(bool wanted) {
        wants_write = wanted;
        if (!wants_write || waits_for_write || !descriptor.is_open()) return;
        waits_for_write = true;
        descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                              [me = self](boost::system::error_code error) {
                                  me->waits_for_write = false;
                                  if (error || me->context == nullptr || !me->wants_write) return;
                                  redisAsyncHandleWrite(me->context);
                                  if (me->context != nullptr) me->want_write(me->wants_write);
                              });
    }
};

Link::Link(asio::io_context& io, const Address& address, Events events)
    : state_(std::make_shared<State>(io, std::move(events))) {
    auto* context = address.unix_path.empty()
                        ? redisAsyncConnect(address.host.c_str(), address.port)
                        : redisAsyncConnectUnix(address.unix_path.c_str());
    if (context == nullptr || context->err != 0) {
        const std::string reason = context == nullptr ? "out of memory" : context->errstr;
        if (context != nullptr) redisAsyncFree(context);
        State::lost(state_, reason);
        return;
    }
    state_->attach(context, state_);
}

Link::~Link() {
    // The handlers stay where they are: one of them may be running.
    state_->is_closed = true;
    if (state_->context != nullptr) redisAsyncFree(state_->context);
}

void Link::send(const Args& args) {
    if (state_->context == nullptr) return;
    const auto on_reply = [](redisAsyncContext* of, void* reply, void*) {
        auto* state = static_cast<State*>(of->data);
        if (reply == nullptr || state->is_closed) return;
        state->events.on_reply(to_reply(*static_cast<redisReply*>(reply)));
    };
    const auto text = formatted(args);
    redisAsyncFormattedCommand(state_->context, on_reply, nullptr, text.data(), text.size());
}

}  // namespace redis
