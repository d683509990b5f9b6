#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "edge/certificate_files.h"
#include "edge/identity.h"
#include "noise/identity.h"
#include "service/health.h"
#include "service/metrics.h"

namespace edge {

/// What a service counts of its certificate, under names of its own.
struct CertificateMetrics {
    service::Family<service::Counter>& reloads;  // by result: "ok", "refused"
    service::Gauge& expiry_timestamp_seconds;
    service::Gauge& files_are_good;
};

/// A service's identity, and its renewal while the service runs. Certificates live for days or
/// hours: the files that the configuration names are read again every `check_interval`, and at once
/// on SIGHUP. What is new in them and in order serves the handshakes from then on; a
/// connection that exists has nothing to do with the certificate any more and does not notice. What
/// is not in order is refused with a line in the log, and the identity that was there goes on, even
/// one that has expired.
///
/// Owned by main, called by the loop. Files are read by a thread that owns nothing and posts what
/// it has read.
class CertificateWatch {
  public:
    CertificateWatch(CertificateFiles files, const base::Clock& clock,
                     noise::GatewayIdentity identity, boost::asio::io_context& loop,
                     CertificateMetrics metrics, service::Health& health);
    ~CertificateWatch();
    CertificateWatch(const CertificateWatch&) = delete;
    CertificateWatch& operator=(const CertificateWatch&) = delete;

    /// For every handshake. What the reference names changes between two handlers of the loop.
    const noise::GatewayIdentity& identity() const { return identity_; }

    const CertificateFiles& files() const { return files_; }
    /// Why what is in the files is not taken; empty while it is in order.
    const std::string& complaint() const { return complaint_; }

    void start();

    struct Rotated {
        /// The file holds it: false where it could not be written, then the old one counts after a
        /// restart.
        bool is_kept = true;
        std::string why_not_kept{};
    };
    /// Errors: why the certificate is not taken; the one in use goes on.
    using OnRotated = std::function<void(base::Result<Rotated, std::string>)>;
    /// Reads the files again, now. `done` runs later, on the loop.
    void read_again(OnRotated done);
    /// Takes this certificate, in the text of its file, in place of the one in use, and writes it
    /// to the file. It must be for the static key in use, by the same authority.
    void take_certificate(const std::string& text, OnRotated done);

  private:
    // What is in the files, or why they hold nothing of use.
    using Found = base::Result<noise::GatewayIdentity, std::string>;
    enum class Asked { by_clock, by_operator };

    static Found read_files(const CertificateFiles& files);
    void wait_for_hangup();
    void wait_for_tick();
    void check(Asked asked);
    void on_found(Found found, Asked asked);
    std::optional<std::string> why_not(const noise::GatewayIdentity& candidate) const;
    void refuse(const std::string& why, Asked asked);
    void take(noise::GatewayIdentity fresh);
    void look_at_the_time();
    void write_file(const std::string& text, OnRotated done);

    CertificateFiles files_;
    const base::Clock& clock_;
    noise::GatewayIdentity identity_;
    boost::asio::io_context& loop_;
    service::Health& health_;
    CertificateMetrics metrics_;
    boost::asio::signal_set hangup_;
    boost::asio::steady_timer timer_;
    bool is_reading_{};
    std::optional<Asked> next_{};
    std::vector<OnRotated> waiting_{};  // for the next reading
    std::vector<OnRotated> reading_{};  // for the one that goes on
    // In the file, while another one was taken in its place and could not be written there.
    std::optional<noise::Certificate> passed_over_{};
    /// Said last of what is in the files; empty while they are in order.
    std::string complaint_{};
    Standing standing_{Standing::good};
    std::optional<base::SteadyTime> remind_at_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    boost::asio::thread_pool disk_{1};
};

}  // namespace edge
