#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "redis/client.h"
#include "service/metrics.h"
#include "service/stage.h"
#include "share_export/partition_feed.h"
#include "share_export/sink.h"

namespace share_export {

/// Delivers the share log to a sink: each share once, whatever is killed when. It is a required
/// reader of the log, registers itself, and acknowledges only what the sink has durably. Lives on
/// one loop.
class Exporter {
  public:
    struct Settings {
        /// "files", "postgresql": for log and metrics.
        std::string sink{};
        /// Under which name the log knows it; see aditctl log.
        std::string reader{};
        std::uint32_t partitions = 0;
        std::chrono::milliseconds poll_interval{500};
        /// What is read is delivered after so long at the latest, or when it is so many shares.
        std::chrono::milliseconds deliver_every{2'000};
        std::size_t deliver_shares = 5'000;
        std::chrono::milliseconds retry_min{250};
        std::chrono::milliseconds retry_max{10'000};
    };

    Exporter(boost::asio::io_context& loop, const base::Clock& clock, redis::Client& client,
             Settings settings, Sink& sink, service::Registry& metrics, service::Stage& stage);
    Exporter(const Exporter&) = delete;
    Exporter& operator=(const Exporter&) = delete;

    void start();
    /// Reads no more, and delivers no more: whoever starts next goes on at the sink's place.
    void leave();

    /// Until when everything that was in the log has been delivered.
    base::UnixMicros delivered_to() const;
    std::uint64_t delivered_shares() const;

  private:
    struct Partition {
        std::unique_ptr<PartitionFeed> feed{};
        /// Of the sink.
        share_log::Position delivered{};
        /// When the first entry was written that is read and not yet given to the sink, and that
        /// is on its way there.
        std::optional<base::UnixMicros> waits_since{};
        std::optional<base::UnixMicros> writes_since{};
        /// Up to when all was delivered when this was last known.
        base::UnixMicros was_delivered_to{};
        bool is_held = false;
        bool is_registered = false;
        bool is_registering = false;
        /// What the log has been told; it is told again until it answers.
        std::string acknowledged{};
        bool is_acknowledging = false;
    };

    void open_sink();
    void begin(const Places& places);
    void take(std::uint32_t partition, PartitionFeed::Read read);
    void deliver_if_due();
    void deliver();
    void on_delivered(const Delivery& what);
    void recover();
    enum class Failed { opening, writing };
    void begin_anew(Failed at, const std::string& why);
    base::UnixMicros delivered_to(const Partition& partition) const;
    void tick();
    void keep_readers();
    void register_reader(std::uint32_t number);
    void acknowledge(std::uint32_t number);
    void count_gap(const GapRecord& gap);
    void publish();
    std::chrono::milliseconds next_retry();

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    redis::Client& client_;
    Settings settings_;
    Sink& sink_;
    service::Stage& stage_;
    service::Counter& shares_;
    service::Counter& failures_;
    service::Counter& bytes_missing_;
    service::Family<service::Counter>& gaps_;
    service::Gauge& behind_;
    service::Gauge& up_;
    service::Gauge& stuck_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer retry_timer_;
    std::map<std::uint32_t, Partition> partitions_{};
    Delivery pending_{};
    base::SteadyTime pending_since_{};
    std::size_t written_ = 0;  // shares on their way to the sink
    bool is_open_ = false;
    bool is_writing_ = false;
    std::uint32_t failed_ = 0;  // attempts in a row
    Failed failed_at_{};
    std::string told_failure_{};
    /// Gone when we are; counts the times that the sink was opened.
    std::shared_ptr<std::uint64_t> run_ = std::make_shared<std::uint64_t>(0);
};

}  // namespace share_export
