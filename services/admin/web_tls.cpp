#include "admin/web_tls.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace admin {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    if (!in)
        throw std::runtime_error{file.string() + ": " + std::generic_category().message(errno)};
    return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

WebTlsWatch::WebTlsWatch(asio::io_context& loop, WebTls files, std::string key)
    : loop_(loop),
      files_(std::move(files)),
      key_(std::move(key)),
      in_use_(load(files_, key_)),
      timer_(loop) {
    wait();
}

WebTlsWatch::~WebTlsWatch() {
    disk_.join();
}

void WebTlsWatch::stop() {
    timer_.cancel();
    is_alive_.reset();
}

WebTlsWatch::Loaded WebTlsWatch::load(const WebTls& files, const std::string& key) {
    Loaded loaded{.text = {}, .context = std::make_shared<ssl::context>(ssl::context::tls_server)};
    auto& context = *loaded.context;
    const auto take = [&](const char* what, const std::filesystem::path& file, auto use) {
        try {
            const auto text = read_file(file);
            use(asio::buffer(text));
            loaded.text += text + '\0';
        } catch (const std::exception& error) {
            throw std::runtime_error{key + ".tls." + what + ": " + error.what() +
                                     "; a file in PEM is expected"};
        }
    };
    context.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                        ssl::context::no_tlsv1_1);
    take("certificate_file", files.certificate_file,
         [&](const auto& text) { context.use_certificate_chain(text); });
    take("key_file", files.key_file,
         [&](const auto& text) { context.use_private_key(text, ssl::context::pem); });
    if (files.client_ca_file) {
        take("client_ca_file", *files.client_ca_file,
             [&](const auto& text) { context.add_certificate_authority(text); });
        context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    }
    return loaded;
}

/// On the files' thread.
WebTlsWatch::Found WebTlsWatch::find(const WebTls& files, const std::string& key) {
    const auto once = [&]() -> Found {
        try {
            return load(files, key);
        } catch (const std::exception& error) {
            return base::unexpected(std::string{error.what()});
        }
    };
    // Both may have been replaced between the reading of one and of the other: then they agree the
    // second time.
    if (auto found = once()) return found;
    return once();
}

void WebTlsWatch::wait() {
    timer_.expires_after(files_.check_interval);
    timer_.async_wait(
        [this, alive = std::weak_ptr{is_alive_}](const boost::system::error_code& cancelled) {
            if (cancelled || alive.expired()) return;
            asio::post(disk_, [this, alive, &loop = loop_, files = files_, key = key_] {
                asio::post(loop, [this, alive, found = find(files, key)]() mutable {
                    if (alive.expired()) return;
                    on_found(std::move(found));
                    wait();
                });
            });
        });
}

void WebTlsWatch::on_found(Found found) {
    if (!found) {
        if (found.error() != std::exchange(complaint_, found.error()))
            base::log_error("TLS files not taken, what is in use goes on",
                            {{"reason", found.error()}});
        return;
    }
    complaint_.clear();
    if (found->text == in_use_.text) return;
    in_use_ = std::move(*found);
    base::log_info("new TLS files for new connections", {{"key", key_ + ".tls"}});
}

}  // namespace admin
