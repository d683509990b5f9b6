#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "channel-manager/allow_list.h"

namespace channel_manager {

/// Reads the file. Errors: why it cannot be read, or which line is wrong. Blocks.
base::Result<AllowList, std::string> read_allow_list(const std::filesystem::path& file);

/// Follows an allow-list's file, so that nobody has to restart for a new miner. A file that cannot
/// be read, or has a line that is no identity, changes nothing but the log: the list that was read
/// last stays. The file is read by a thread that owns nothing else and posts back.
///
/// Owned and called by the loop.
class AllowListFile {
  public:
    using OnChange = std::function<void(std::shared_ptr<const AllowList>)>;

    /// Calls back on the loop for each content that was not there before, the first included.
    AllowListFile(boost::asio::io_context& loop, std::filesystem::path file, OnChange on_change,
                  std::chrono::milliseconds interval = std::chrono::seconds{2});
    /// Waits for what is being read.
    ~AllowListFile();
    AllowListFile(const AllowListFile&) = delete;
    AllowListFile& operator=(const AllowListFile&) = delete;

    void stop();

  private:
    /// What tells a changed file from the same one; "" where there is none.
    using Stamp = std::string;
    struct Reading {
        Stamp stamp{};
        base::Result<AllowList, std::string> list{};
    };

    void look();
    void on_read(Reading reading);
    static Stamp stamp_of(const std::filesystem::path& file);

    boost::asio::io_context& loop_;
    std::filesystem::path file_;
    OnChange on_change_;
    std::chrono::milliseconds interval_;
    boost::asio::steady_timer timer_;
    Stamp seen_{};
    bool is_first_ = true;
    bool is_stopped_ = false;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    boost::asio::thread_pool disk_{1};
};

}  // namespace channel_manager
