#include "service/name_watch.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <utility>

#include "base/log.h"

namespace service {
namespace {

namespace ip = boost::asio::ip;

bool is_numeric(const std::string& host) {
    boost::system::error_code error;
    ip::make_address(host, error);
    return !error;
}

std::vector<std::string> of_one_family(const ip::tcp::resolver::results_type& found) {
    std::vector<std::string> v4;
    std::vector<std::string> v6;
    for (const auto& entry : found) {
        const auto address = entry.endpoint().address();
        (address.is_v4() ? v4 : v6).push_back(address.to_string());
    }
    return v4.empty() ? v6 : v4;
}

NameWatch::LookUp system_resolver(boost::asio::io_context& loop) {
    return [resolver = std::make_shared<ip::tcp::resolver>(loop)](const std::string& host,
                                                                  NameWatch::Found found) {
        resolver->async_resolve(host, "",
                                [found = std::move(found)](const auto& error, const auto& results) {
                                    if (error) return found(std::nullopt);
                                    found(of_one_family(results));
                                });
    };
}

}  // namespace

NameWatch::NameWatch(boost::asio::io_context& loop, std::vector<Endpoint> names, OnChange on_change)
    : NameWatch(loop, std::move(names), std::move(on_change), system_resolver(loop), Settings{}) {}

NameWatch::NameWatch(boost::asio::io_context& loop, std::vector<Endpoint> names, OnChange on_change,
                     LookUp look_up, Settings settings)
    : on_change_(std::move(on_change)),
      look_up_(std::move(look_up)),
      settings_(settings),
      timer_(loop) {
    for (auto& endpoint : names) {
        Name name{.endpoint = std::move(endpoint)};
        name.is_numeric = is_numeric(name.endpoint.host);
        if (name.is_numeric) name.hosts = {name.endpoint.host};
        names_.push_back(std::move(name));
    }
}

NameWatch::~NameWatch() = default;

void NameWatch::start() {
    tell_if_changed();
    if (std::ranges::any_of(names_, [](const Name& name) { return !name.is_numeric; })) ask_all();
}

void NameWatch::ask_all() {
    for (auto& name : names_)
        if (!name.is_numeric)
            look_up_(name.endpoint.host,
                     [this, &name, alive = std::weak_ptr{is_alive_}](const auto& hosts) {
                         if (!alive.expired()) on_found(name, hosts);
                     });
    timer_.expires_after(settings_.every);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) ask_all();
    });
}

void NameWatch::on_found(Name& name, const std::optional<std::vector<std::string>>& hosts) {
    const bool is_known = hosts && !hosts->empty();
    if (is_known) name.hosts = *hosts;
    if (std::exchange(name.is_unknown, !is_known) == !is_known) return tell_if_changed();
    if (!is_known)
        base::log_warning("a name has no address",
                          {{"name", name.endpoint.host}, {"addresses_kept", name.hosts.size()}});
    else
        base::log_info("a name has addresses again", {{"name", name.endpoint.host}});
    tell_if_changed();
}

void NameWatch::tell_if_changed() {
    Addresses now;
    for (const auto& name : names_)
        for (const auto& host : name.hosts) now.push_back({host, name.endpoint.port});
    std::ranges::sort(now, {}, [](const Endpoint& of) { return std::pair{of.host, of.port}; });
    now.erase(std::unique(now.begin(), now.end()), now.end());
    if (now == addresses_) return;
    addresses_ = std::move(now);
    on_change_(addresses_);
}

std::vector<std::string> texts(const NameWatch::Addresses& addresses) {
    std::vector<std::string> found;
    for (const auto& address : addresses) found.push_back(to_string(address));
    return found;
}

}  // namespace service
