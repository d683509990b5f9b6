#include "translator/tls_watch.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "edge/identity.h"

namespace translator {
namespace {

std::string date(std::int64_t unix_seconds) {
    return edge::as_date(static_cast<std::uint32_t>(unix_seconds));
}

}  // namespace

TlsWatch::TlsWatch(TlsFiles files, const base::Clock& clock, boost::asio::io_context& loop,
                   service::Registry& metrics, service::Health& health)
    : files_(std::move(files)),
      clock_(clock),
      loop_(loop),
      health_(health),
      reloads_(metrics.counters("adit_translator_tls_certificate_reloads_total",
                                "Changes of the files for TLS: taken, or refused.", {"result"})),
      expiry_(metrics.gauge("adit_translator_tls_certificate_expiry_timestamp_seconds",
                            "When the certificate in use for TLS ends.")),
      files_are_good_(metrics.gauge("adit_translator_tls_certificate_files_good",
                                    "0 when a restart would not find the files for TLS in order.")),
      identity_(load_tls_identity(files_)),
      hangup_(loop, SIGHUP),
      timer_(loop) {
    if (identity_.not_valid_after < now())
        throw std::runtime_error(
            fmt::format("tls.certificate_file: {} has expired at {}; cure: renew it",
                        files_.certificate_file.string(), date(identity_.not_valid_after)));
    reloads_.with({"ok"});
    reloads_.with({"refused"});
    expiry_.set(static_cast<double>(identity_.not_valid_after));
    files_are_good_.set(1);
}

TlsWatch::~TlsWatch() {
    disk_.join();
}

void TlsWatch::start() {
    wait_for_hangup();
    wait_for_tick();
}

std::int64_t TlsWatch::now() const {
    return base::to_unix_seconds(clock_.unix_now());
}

void TlsWatch::wait_for_hangup() {
    hangup_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        check();
        wait_for_hangup();
    });
}

void TlsWatch::wait_for_tick() {
    timer_.expires_after(files_.check_interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        look_at_the_time();
        check();
        wait_for_tick();
    });
}

/// One reading at a time, however slow the disk: who asks meanwhile gets the next one.
void TlsWatch::check() {
    if (std::exchange(is_reading_, true)) {
        reads_again_ = true;
        return;
    }
    boost::asio::post(
        disk_, [this, &loop = loop_, files = files_, alive = std::weak_ptr{is_alive_}] {
            boost::asio::post(loop, [this, alive, found = read_files(files)]() mutable {
                if (!alive.expired()) on_found(std::move(found));
            });
        });
}

/// On the files' thread.
TlsWatch::Found TlsWatch::read_files(const TlsFiles& files) {
    const auto read = [&]() -> Found {
        try {
            return load_tls_identity(files);
        } catch (const std::exception& error) {
            return base::unexpected(std::string{error.what()});
        }
    };
    // Both may have been replaced between the reading of one and of the other: then they agree the
    // second time.
    if (auto found = read()) return found;
    return read();
}

void TlsWatch::on_found(Found found) {
    is_reading_ = false;
    if (!found) {
        refuse(found.error());
    } else if (found->not_valid_after < now()) {
        refuse(fmt::format("{} has expired at {}", files_.certificate_file.string(),
                           date(found->not_valid_after)));
    } else {
        complaint_.clear();
        files_are_good_.set(1);
        if (found->fingerprint != identity_.fingerprint) {
            identity_ = std::move(*found);
            reloads_.with({"ok"}).add();
            expiry_.set(static_cast<double>(identity_.not_valid_after));
            base::log_info("new certificate for new TLS connections",
                           {{"file", files_.certificate_file.string()},
                            {"valid_until", date(identity_.not_valid_after)}});
            look_at_the_time();
        }
    }
    if (std::exchange(reads_again_, false)) check();
}

/// Said once for each thing that is wrong, not at every look at the same files.
void TlsWatch::refuse(const std::string& why) {
    files_are_good_.set(0);
    if (why == std::exchange(complaint_, why)) return;
    reloads_.with({"refused"}).add();
    base::log_error("TLS certificate not taken, the one in use goes on",
                    {{"reason", why}, {"in_use_until", date(identity_.not_valid_after)}});
}

void TlsWatch::look_at_the_time() {
    if (identity_.not_valid_after < now())
        health_.set_not_ready("tls_certificate",
                              fmt::format("expired at {}", date(identity_.not_valid_after)));
    else
        health_.set_ready("tls_certificate");
}

}  // namespace translator
