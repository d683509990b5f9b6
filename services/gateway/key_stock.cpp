#include "gateway/key_stock.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

namespace gateway {
namespace {

// Without a handshake for so long none is pending. A peer that connects and says nothing is none.
constexpr std::chrono::milliseconds quiet{10};

}  // namespace

void KeyStock::start() {
    is_stopped_ = false;
    fill_soon();
}

void KeyStock::stop() {
    is_stopped_ = true;
    pause_.cancel();
}

noise::EphemeralKey KeyStock::take() {
    was_taken_ = true;
    fill_soon();
    return stash_.take();
}

void KeyStock::fill_soon() {
    if (is_stopped_ || std::exchange(is_filling_, true)) return;
    boost::asio::post(loop_, [this] { fill(); });
}

void KeyStock::fill() {
    if (is_stopped_ || stash_.is_full()) {
        is_filling_ = false;
        return;
    }
    if (std::exchange(was_taken_, false)) {
        pause_.expires_after(quiet);
        pause_.async_wait([this](const boost::system::error_code& error) {
            if (!error) return fill();
            is_filling_ = false;
            fill_soon();  // it may have been started again meanwhile
        });
        return;
    }
    stash_.make_one();
    boost::asio::post(loop_, [this] { fill(); });
}

}  // namespace gateway
