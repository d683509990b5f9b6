#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/endpoint.h"

namespace service {

/// The addresses behind the names that a configuration lists, asked for again every few seconds:
/// one name may stand for several processes, which come and go (a headless service of Kubernetes).
/// Each address is one process's, so of a name that has addresses of both families only those of
/// IPv4 count.
///
/// A name that cannot be looked up keeps the addresses that it had: a name server that is away
/// takes nobody's peers away. Owned by main's parts; the loop's.
class NameWatch {
  public:
    /// Numeric, in order, each once.
    using Addresses = std::vector<Endpoint>;
    using OnChange = std::function<void(const Addresses&)>;
    /// Answers on the loop with the numeric addresses of the host, or nothing where there is no
    /// answer.
    using Found = std::function<void(std::optional<std::vector<std::string>> addresses)>;
    using LookUp = std::function<void(const std::string& host, Found found)>;

    struct Settings {
        /// Who is added has work within so long; what a name server is asked costs nothing.
        std::chrono::milliseconds every{5'000};
    };

    NameWatch(boost::asio::io_context& loop, std::vector<Endpoint> names, OnChange on_change);
    /// The same with another resolver, for tests.
    NameWatch(boost::asio::io_context& loop, std::vector<Endpoint> names, OnChange on_change,
              LookUp look_up, Settings settings);
    ~NameWatch();
    NameWatch(const NameWatch&) = delete;
    NameWatch& operator=(const NameWatch&) = delete;

    /// Calls `on_change` before it returns with what is numeric, and later with every change.
    void start();

    const Addresses& addresses() const { return addresses_; }

  private:
    struct Name {
        Endpoint endpoint{};
        bool is_numeric = false;
        bool is_unknown = false;  // and an operator has been told
        std::vector<std::string> hosts{};
    };

    void ask_all();
    void on_found(Name& name, const std::optional<std::vector<std::string>>& hosts);
    void tell_if_changed();

    std::vector<Name> names_{};
    OnChange on_change_;
    LookUp look_up_;
    Settings settings_;
    boost::asio::steady_timer timer_;
    Addresses addresses_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

/// host:port of each.
std::vector<std::string> texts(const NameWatch::Addresses& addresses);

}  // namespace service
