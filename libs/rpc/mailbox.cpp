#include "rpc/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace rpc {
namespace {

struct Node {
    Mailbox::Message message{};
    Node* next = nullptr;
};

// Stands in the head of a closed list; never dereferenced.
Node* closed_mark() {
    static Node mark;
    return &mark;
}

void destroy(Node* list) {
    while (list != nullptr) {
        Node* const next = list->next;
        delete list;
        list = next;
    }
}

Node* reversed(Node* list) {
    Node* result = nullptr;
    while (list != nullptr) {
        Node* const next = std::exchange(list->next, result);
        result = std::exchange(list, next);
    }
    return result;
}

}  // namespace

// A list that many threads push to and one empties; the descriptor wakes the loop.
struct Mailbox::Sender::Slot {
    std::atomic<Node*> head{nullptr};
    int descriptor = -1;

    Slot() = default;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() {
        if (Node* const list = head.load(std::memory_order_acquire); list != closed_mark())
            destroy(list);
        if (descriptor >= 0) ::close(descriptor);
    }
    bool is_closed() const { return head.load(std::memory_order_acquire) == closed_mark(); }
};

bool Mailbox::Sender::post(Message message) const {
    auto node = std::make_unique<Node>(Node{std::move(message)});
    Node* head = slot_->head.load(std::memory_order_acquire);
    do {
        if (head == closed_mark()) return false;
        node->next = head;
    } while (!slot_->head.compare_exchange_weak(head, node.get(), std::memory_order_acq_rel,
                                                std::memory_order_acquire));
    (void)node.release();
    // Whoever finds the list empty wakes the loop; the others are taken along.
    if (head == nullptr) {
        const std::uint64_t one = 1;
        // Cannot fail: the counter never comes near its end, since the loop reads it first.
        [[maybe_unused]] const auto written = ::write(slot_->descriptor, &one, sizeof one);
    }
    return true;
}

Mailbox::Mailbox(boost::asio::io_context& loop)
    : slot_(std::make_shared<Sender::Slot>()), wake_up_(loop) {
    slot_->descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (slot_->descriptor < 0)
        throw std::system_error{errno, std::system_category(), "cannot make an event descriptor"};
    wake_up_.assign(slot_->descriptor);
    wait();
}

Mailbox::~Mailbox() {
    close();
    wake_up_.release();  // the slot closes it, when the last sender is gone
}

void Mailbox::close() {
    Node* const list = slot_->head.exchange(closed_mark(), std::memory_order_acq_rel);
    if (list != closed_mark()) destroy(list);
}

void Mailbox::wait() {
    wake_up_.async_wait(
        boost::asio::posix::stream_descriptor::wait_read,
        [this, slot = slot_](const boost::system::error_code& error) {
            if (error || slot->is_closed()) return;
            std::uint64_t count = 0;
            [[maybe_unused]] const auto got = ::read(slot->descriptor, &count, sizeof count);
            Node* list = reversed(slot->head.exchange(nullptr, std::memory_order_acq_rel));
            while (list != nullptr && !slot->is_closed()) {
                const std::unique_ptr<Node> node{std::exchange(list, list->next)};
                node->message();
            }
            destroy(list);
            if (!slot->is_closed()) wait();
        });
}

}  // namespace rpc
