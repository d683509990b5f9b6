#include "share_export/file_sink.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace share_export {

FileSink::~FileSink() {
    disk_.join();
}

void FileSink::open(std::function<void(Opened)> done) {
    boost::asio::post(disk_, [archive = archive_.get(), &loop = loop_,
                              alive = std::weak_ptr{is_alive_}, done = std::move(done)] {
        Opened opened;
        try {
            opened = archive->open();
        } catch (const std::exception& error) {
            opened = base::unexpected(std::string{error.what()});
        }
        boost::asio::post(loop, [alive, done, opened = std::move(opened)] {
            if (!alive.expired()) done(opened);
        });
    });
}

void FileSink::write(Delivery delivery, Written done) {
    boost::asio::post(disk_,
                      [archive = archive_.get(), &loop = loop_, alive = std::weak_ptr{is_alive_},
                       delivery = std::move(delivery), done = std::move(done)] {
                          std::optional<std::string> failure;
                          try {
                              archive->append(delivery);
                          } catch (const std::exception& error) {
                              failure = error.what();
                          }
                          boost::asio::post(loop, [alive, done, failure = std::move(failure)] {
                              if (!alive.expired()) done(failure);
                          });
                      });
}

}  // namespace share_export
