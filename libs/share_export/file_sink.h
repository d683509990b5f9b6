#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>

#include "share_export/archive.h"

namespace share_export {

/// Delivers to an archive with a thread that owns nothing but its files and posts back. Owned and
/// called by the loop.
class FileSink final : public Sink {
  public:
    FileSink(boost::asio::io_context& loop, ArchiveSettings settings)
        : loop_(loop), archive_(std::make_unique<Archive>(std::move(settings))) {}
    /// Waits for what is being written.
    ~FileSink() override;

    void open(std::function<void(Opened)> done) override;
    void write(Delivery delivery, Written done) override;

  private:
    boost::asio::io_context& loop_;
    std::unique_ptr<Archive> archive_;  // the thread's
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    boost::asio::thread_pool disk_{1};
};

}  // namespace share_export
