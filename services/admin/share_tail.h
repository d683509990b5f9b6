#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "admin/share_stream.h"
#include "base/clock.h"
#include "redis/client.h"
#include "share_export/archive_reader.h"
#include "share_export/partition_feed.h"

namespace admin {

/// One TailShares: the log of every partition, as it grows.
class ShareTail final : public ShareStream {
  public:
    ShareTail(std::shared_ptr<WatchStream> stream, boost::asio::io_context& loop,
              const base::Clock& clock, redis::Client& client, std::uint32_t partitions,
              const adit::admin::v1::TailSharesRequest& request);

  private:
    struct Waiting {
        std::uint32_t partition{};
        adit::admin::v1::TailSharesResponse response{};
    };

    void start() override;
    void on_idle() override;
    void stop() override;
    void find_start(std::uint32_t partition);
    void begin_at(std::uint32_t partition, const redis::Reply& entries, bool is_asked_for);
    void take(std::uint32_t partition, share_export::PartitionFeed::Read read);
    bool is_to_be_told() const;

    const base::Clock& clock_;
    redis::Client& client_;
    share_export::ShareFilter filter_{};
    std::map<std::uint32_t, std::string> after_{};
    std::map<std::uint32_t, std::unique_ptr<share_export::PartitionFeed>> feeds_{};
    /// Behind what was sent, or passed over.
    adit::admin::v1::Places places_{};
    std::deque<Waiting> waiting_{};
    base::SteadyTime sent_at_{};
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace admin
