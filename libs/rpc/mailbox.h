#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>

namespace rpc {

/// What gRPC's threads say to the loop. They own nothing and hand in a message; it runs on the
/// loop, in the order posted. Messages may be posted at any time, also while and after the mailbox
/// and its loop end: then they are dropped unread, so that neither side waits for the other.
///
/// Owned by one part of the loop, which may destroy it from within a message.
class Mailbox {
  public:
    using Message = std::function<void()>;

    /// The end that other threads hold. Copyable; outlives the mailbox.
    class Sender {
      public:
        /// False when the mailbox is closed: the message was destroyed and will not run.
        bool post(Message message) const;

      private:
        friend class Mailbox;
        struct Slot;
        explicit Sender(std::shared_ptr<Slot> slot) : slot_(std::move(slot)) {}
        std::shared_ptr<Slot> slot_;
    };

    /// Errors: throws when the system has no more file descriptors.
    explicit Mailbox(boost::asio::io_context& loop);
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    Sender sender() const { return Sender{slot_}; }

    /// Drops what is unread, and everything later. Of the loop's thread only.
    void close();

  private:
    void wait();

    std::shared_ptr<Sender::Slot> slot_;
    boost::asio::posix::stream_descriptor wake_up_;
};

}  // namespace rpc
