#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "service/health.h"
#include "service/metrics.h"
#include "translator/tls_identity.h"

namespace translator {

/// The certificate for miners that speak TLS, and its renewal while the service runs: the files are
/// read again every `check_interval`, and at once on SIGHUP. What is new in them and in order
/// serves connections from then on; those that exist keep what they agreed on. What is not in order
/// is refused with a line in the log, and the certificate that was there goes on, even one that has
/// expired: most firmware does not look at it.
///
/// Owned by main, called by the loop. Files are read by a thread that owns nothing and posts what
/// it has read.
class TlsWatch {
  public:
    /// Reads the files for the first time. Errors: throws std::runtime_error, see
    /// load_tls_identity(), and where the certificate has expired.
    TlsWatch(TlsFiles files, const base::Clock& clock, boost::asio::io_context& loop,
             service::Registry& metrics, service::Health& health);
    ~TlsWatch();
    TlsWatch(const TlsWatch&) = delete;
    TlsWatch& operator=(const TlsWatch&) = delete;

    void start();
    /// For each new connection. Changes between two handlers of the loop.
    const TlsIdentity& identity() const { return identity_; }

  private:
    // What is in the files, or why they hold nothing of use.
    using Found = base::Result<TlsIdentity, std::string>;

    static Found read_files(const TlsFiles& files);
    void wait_for_hangup();
    void wait_for_tick();
    void check();
    void on_found(Found found);
    void refuse(const std::string& why);
    void look_at_the_time();
    std::int64_t now() const;

    TlsFiles files_;
    const base::Clock& clock_;
    boost::asio::io_context& loop_;
    service::Health& health_;
    service::Family<service::Counter>& reloads_;  // by result
    service::Gauge& expiry_;
    service::Gauge& files_are_good_;
    TlsIdentity identity_;
    boost::asio::signal_set hangup_;
    boost::asio::steady_timer timer_;
    bool is_reading_{};
    bool reads_again_{};
    std::string complaint_{};  // said last of the files; empty while they are in order
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    boost::asio::thread_pool disk_{1};
};

}  // namespace translator
