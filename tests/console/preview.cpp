// A console over made-up rows: as many as wanted, for measuring, for pictures, and for whoever
// works on the page. The rows move once a second as those of a pool would.

#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>

#include "admin/console.h"
#include "base/clock.h"
#include "base/random.h"
#include "preview_rows.h"
#include "service/loop.h"
#include "service/shutdown.h"

int main(int argc, char** argv) try {
    CLI::App app{"A console over made-up rows."};
    std::uint16_t port = 0;
    std::size_t workers = 500;
    bool is_well = false;
    app.add_option("--port", port, "where to listen; 0: the kernel chooses");
    app.add_option("--workers", workers, "so many, with a channel each");
    app.add_flag("--well", is_well, "nothing is wrong");
    CLI11_PARSE(app, argc, argv);

    base::SystemClock clock;
    base::SystemRandom random;
    service::Loop loop;
    preview::Rows rows{clock, workers, is_well};
    admin::ConsoleConfig config{.listen = {"127.0.0.1", port}, .hosts = {"127.0.0.1", "localhost"}};
    admin::Console console{loop, config, rows.view(), rows.history(), clock, random};
    console.start();
    std::cout << "http://127.0.0.1:" << console.port() << "/" << std::endl;

    boost::asio::steady_timer timer{loop.context()};
    std::function<void()> again = [&] {
        timer.expires_after(std::chrono::seconds{1});
        timer.async_wait([&](boost::system::error_code error) {
            if (error) return;
            rows.move();
            again();
        });
    };
    again();
    service::Shutdown shutdown{loop, [&](std::string_view) {
                                   console.close();
                                   loop.stop();
                               }};
    loop.run();
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::cerr << "console_preview: " << error.what() << "\n";
    return EXIT_FAILURE;
}
