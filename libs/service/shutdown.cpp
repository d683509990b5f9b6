#include "service/shutdown.h"

#include <csignal>
#include <cstdlib>

#include "base/log.h"

namespace service {

void exit_at_once(std::string_view signal) {
    base::log_warning("exit at once", {{"reason", "asked to stop again"}, {"signal", signal}});
    std::_Exit(EXIT_FAILURE);
}

Shutdown::Shutdown(Loop& loop, OnSignal on_first)
    : Shutdown(loop, std::move(on_first), exit_at_once) {}

Shutdown::Shutdown(Loop& loop, OnSignal on_first, OnSignal on_second)
    : signals_(loop.context(), SIGTERM, SIGINT),
      on_first_(std::move(on_first)),
      on_second_(std::move(on_second)) {
    wait();
}

void Shutdown::wait() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
        if (error) return;
        wait();
        const auto handler = std::exchange(on_first_, on_second_);
        handler(number == SIGINT ? "SIGINT" : "SIGTERM");
    });
}

}  // namespace service
