#include "edge/certificate_watch.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <utility>

#include "base/hex.h"
#include "base/log.h"
#include "noise/key_file.h"

namespace edge {
namespace {

using namespace std::chrono_literals;

// How often the log says again that the certificate should be renewed.
constexpr auto reminder_interval = 1h;

bool is_same(const noise::GatewayIdentity& a, const noise::GatewayIdentity& b) {
    // The encoding is a function of the static key.
    return a.certificate == b.certificate && a.static_encoding == b.static_encoding &&
           a.authority == b.authority;
}

}  // namespace

CertificateWatch::CertificateWatch(CertificateFiles files, const base::Clock& clock,
                                   noise::GatewayIdentity identity, boost::asio::io_context& loop,
                                   CertificateMetrics metrics, service::Health& health)
    : files_(std::move(files)),
      clock_(clock),
      identity_(std::move(identity)),
      loop_(loop),
      health_(health),
      metrics_(metrics),
      hangup_(loop, SIGHUP),
      timer_(loop) {
    metrics_.reloads.with({"ok"});
    metrics_.reloads.with({"refused"});
    metrics_.expiry_timestamp_seconds.set(identity_.certificate.not_valid_after);
    metrics_.files_are_good.set(1);
}

CertificateWatch::~CertificateWatch() {
    disk_.join();
}

void CertificateWatch::start() {
    wait_for_hangup();
    wait_for_tick();
    look_at_the_time();
}

void CertificateWatch::wait_for_hangup() {
    hangup_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        check(Asked::by_operator);
        wait_for_hangup();
    });
}

void CertificateWatch::wait_for_tick() {
    timer_.expires_after(files_.check_interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        look_at_the_time();
        check(Asked::by_clock);
        wait_for_tick();
    });
}

/// One reading at a time, however slow the disk: who asks meanwhile gets the next one.
void CertificateWatch::check(Asked asked) {
    if (is_reading_) {
        if (asked == Asked::by_operator) next_ = asked;
        return;
    }
    is_reading_ = true;
    reading_ = std::exchange(waiting_, {});
    boost::asio::post(
        disk_, [this, asked, &loop = loop_, files = files_, alive = std::weak_ptr{is_alive_}] {
            boost::asio::post(loop, [this, asked, alive, found = read_files(files)]() mutable {
                if (!alive.expired()) on_found(std::move(found), asked);
            });
        });
}

/// On the files' thread.
CertificateWatch::Found CertificateWatch::read_files(const CertificateFiles& files) {
    const auto read = [&]() -> Found {
        try {
            return noise::load_gateway_identity(files.key_file, files.certificate_file);
        } catch (const std::exception& error) {
            return base::unexpected(std::string{error.what()});
        }
    };
    // Both files may have been replaced between the reading of one and of the other: a link that
    // Kubernetes turns is turned for both. Then they agree the second time.
    if (auto found = read()) return found;
    return read();
}

void CertificateWatch::on_found(Found found, Asked asked) {
    is_reading_ = false;
    if (!found) {
        refuse(found.error(), asked);
    } else if (is_same(*found, identity_) || found->certificate == passed_over_) {
        complaint_.clear();
        metrics_.files_are_good.set(standing_ == Standing::ended ? 0 : 1);
        if (asked == Asked::by_operator)
            base::log_info("certificate is in use already",
                           {{"file", files_.certificate_file.string()},
                            {"valid_until", as_date(identity_.certificate.not_valid_after)}});
    } else if (const auto why = why_not(*found)) {
        refuse(*why, asked);
    } else {
        take(std::move(*found));
    }
    for (const auto& done : std::exchange(reading_, {}))
        if (complaint_.empty())
            done(Rotated{});
        else
            done(base::unexpected(complaint_));
    if (const auto next = std::exchange(next_, std::nullopt)) check(*next);
}

void CertificateWatch::read_again(OnRotated done) {
    waiting_.push_back(std::move(done));
    check(Asked::by_operator);
}

void CertificateWatch::take_certificate(const std::string& text, OnRotated done) {
    const auto issued = [&]() -> base::Result<noise::IssuedCertificate, std::string> {
        try {
            return noise::parse_certificate_file(text);
        } catch (const noise::KeyFileError& error) {
            return base::unexpected(std::string{error.what()});
        }
    }();
    if (!issued) return done(base::unexpected(issued.error()));
    const auto static_key = identity_.static_key.public_key();
    if (issued->static_key != static_key)
        return done(base::unexpected(fmt::format("it is for the static key {}, but here is {}",
                                                 base::to_hex(issued->static_key.bytes),
                                                 base::to_hex(static_key.bytes))));
    auto key = noise::SecretKey::from_bytes(identity_.static_key.bytes());
    noise::GatewayIdentity candidate{std::move(*key), identity_.static_encoding,
                                     issued->certificate, issued->authority};
    if (const auto why = why_not(candidate)) return done(base::unexpected(*why));
    // Until the file holds the new one: what it holds now is not taken back.
    if (!is_same(candidate, identity_)) {
        if (!passed_over_) passed_over_ = identity_.certificate;
        take(std::move(candidate));
    }
    write_file(text, std::move(done));
}

void CertificateWatch::write_file(const std::string& text, OnRotated done) {
    boost::asio::post(disk_,
                      [this, text, done = std::move(done), &loop = loop_,
                       file = files_.certificate_file.string(), alive = std::weak_ptr{is_alive_}] {
                          std::string failure;
                          try {
                              noise::replace_public_file(file, text);
                          } catch (const noise::KeyFileError& error) {
                              failure = error.what();
                          }
                          boost::asio::post(loop, [this, alive, done, failure] {
                              if (alive.expired()) return;
                              if (failure.empty())
                                  passed_over_.reset();
                              else
                                  base::log_warning("certificate is in use, but not in its file",
                                                    {{"reason", failure}});
                              done(Rotated{.is_kept = failure.empty(), .why_not_kept = failure});
                          });
                      });
}

std::optional<std::string> CertificateWatch::why_not(
    const noise::GatewayIdentity& candidate) const {
    if (candidate.authority != identity_.authority)
        return fmt::format(
            "{} is signed by authority {}, but peers know {}; cure: sign it with that authority's "
            "key, or restart the service if they are told the new one",
            files_.certificate_file.string(), noise::authority_key_text(candidate.authority),
            noise::authority_key_text(identity_.authority));
    return unfitness(candidate, files_, base::to_unix_seconds(clock_.unix_now()));
}

/// Said once for each thing that is wrong, not at every look at the same files.
void CertificateWatch::refuse(const std::string& why, Asked asked) {
    metrics_.files_are_good.set(0);
    if (why == std::exchange(complaint_, why) && asked == Asked::by_clock) return;
    metrics_.reloads.with({"refused"}).add();
    base::log_error(
        "certificate not taken, the one in use goes on",
        {{"reason", why}, {"in_use_until", as_date(identity_.certificate.not_valid_after)}});
}

void CertificateWatch::take(noise::GatewayIdentity fresh) {
    identity_ = std::move(fresh);
    complaint_.clear();
    remind_at_.reset();
    metrics_.reloads.with({"ok"}).add();
    metrics_.files_are_good.set(1);
    metrics_.expiry_timestamp_seconds.set(identity_.certificate.not_valid_after);
    base::log_info("new certificate for new connections",
                   {{"file", files_.certificate_file.string()},
                    {"valid_until", as_date(identity_.certificate.not_valid_after)}});
    look_at_the_time();
}

/// An expired certificate stays in use: whoever is connected mines on, and a peer whose clock is
/// behind may still come. That new ones will not is said in the log, and to whoever asks for
/// readiness.
void CertificateWatch::look_at_the_time() {
    const auto before = std::exchange(
        standing_, standing(identity_.certificate, base::to_unix_seconds(clock_.unix_now())));
    if (standing_ == Standing::ended)
        health_.set_not_ready(
            "certificate",
            fmt::format("expired at {}", as_date(identity_.certificate.not_valid_after)));
    else
        health_.set_ready("certificate");
    const auto now = clock_.steady_now();
    if (standing_ == Standing::good) return remind_at_.reset();
    if (standing_ == before && remind_at_ && now < *remind_at_) return;
    remind_at_ = now + reminder_interval;
    const auto until = as_date(identity_.certificate.not_valid_after);
    const auto cure = fmt::format(
        "aditctl keys sign --gateway {} --authority AUTHORITY.key --out {} "
        "--force",
        files_.key_file.string(), files_.certificate_file.string());
    if (standing_ == Standing::ended) {
        metrics_.files_are_good.set(0);
        base::log_error("certificate has expired: peers that connect now refuse it",
                        {{"valid_until", until}, {"cure", cure}});
    } else {
        base::log_warning("certificate expires soon", {{"valid_until", until}, {"cure", cure}});
    }
}

}  // namespace edge
