#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>

namespace test_support {

/// Turns the loop until the claim holds. False if it does not within `limit`, which is generous:
/// it only bounds how long a broken test takes.
template <class Claim>
bool run_until(boost::asio::io_context& io, Claim claim,
               std::chrono::seconds limit = std::chrono::seconds{60}) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!claim()) {
        if (std::chrono::steady_clock::now() > end) return false;
        io.restart();
        io.run_one_for(std::chrono::milliseconds{20});
    }
    return true;
}

}  // namespace test_support
