#include "channel-manager/allow_list_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace channel_manager {

base::Result<AllowList, std::string> read_allow_list(const std::filesystem::path& file) {
    // It opens, and reads as if it were empty.
    if (std::filesystem::is_directory(file))
        return base::unexpected<std::string>("cannot be read: is a folder");
    std::ifstream in{file, std::ios::binary};
    if (!in)
        return base::unexpected(
            fmt::format("cannot be read: {}", std::generic_category().message(errno)));
    std::ostringstream text;
    text << in.rdbuf();
    return AllowList::parse(text.str());
}

AllowListFile::AllowListFile(boost::asio::io_context& loop, std::filesystem::path file,
                             OnChange on_change, std::chrono::milliseconds interval)
    : loop_(loop),
      file_(std::move(file)),
      on_change_(std::move(on_change)),
      interval_(interval),
      timer_(loop) {
    look();
}

AllowListFile::~AllowListFile() {
    disk_.join();
}

void AllowListFile::stop() {
    is_stopped_ = true;
    timer_.cancel();
}

void AllowListFile::look() {
    boost::asio::post(disk_, [this, file = file_, seen = seen_, is_first = is_first_,
                              alive = std::weak_ptr{is_alive_}] {
        Reading reading{.stamp = stamp_of(file), .list = AllowList{}};
        bool is_new = is_first || reading.stamp != seen;
        if (is_new) reading.list = read_allow_list(file);
        // One that is being written is looked at again when it rests.
        is_new = is_new && stamp_of(file) == reading.stamp;
        boost::asio::post(loop_, [this, alive, is_new, reading = std::move(reading)]() mutable {
            if (alive.expired() || is_stopped_) return;
            if (is_new) on_read(std::move(reading));
            timer_.expires_after(interval_);
            timer_.async_wait([this](const boost::system::error_code& error) {
                if (!error) look();
            });
        });
    });
}

void AllowListFile::on_read(Reading reading) {
    seen_ = std::move(reading.stamp);
    is_first_ = false;
    if (!reading.list) {
        base::log_error("the allow-list stays as it was",
                        {{"file", file_.string()}, {"reason", reading.list.error()}});
        return;
    }
    base::log_info("allow-list read", {{"file", file_.string()}, {"names", reading.list->size()}});
    on_change_(std::make_shared<const AllowList>(*std::move(reading.list)));
}

AllowListFile::Stamp AllowListFile::stamp_of(const std::filesystem::path& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) return {};
    return fmt::format("{}:{}:{}:{}.{}", found.st_dev, found.st_ino, found.st_size,
                       found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
}

}  // namespace channel_manager
