#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "admin/http_post.h"
#include "admin/view.h"
#include "admin/webhook_config.h"
#include "admin/webhook_queue.h"
#include "base/clock.h"
#include "ledger/block_log.h"
#include "redis/client.h"
#include "service/metrics.h"

namespace admin {

/// Tells receivers of blocks and problems, each in order and at least once. How far the stream of
/// blocks has been told is kept in Redis, so that a restart loses none; problems are told anew by
/// the process that sees them. Owned by Admin, one loop.
class Webhooks {
  public:
    static constexpr std::chrono::milliseconds interval{250};
    /// Secrets and authorities are read again so often, as the certificates of the API.
    static constexpr std::chrono::milliseconds files_interval{10'000};

    /// `client` outlives this. Errors: throws when a file of authorities cannot be read.
    Webhooks(boost::asio::io_context& loop, const base::Clock& clock, redis::Client& client,
             const std::vector<WebhookConfig>& configs, const View& view,
             service::Registry& metrics);
    ~Webhooks();
    Webhooks(const Webhooks&) = delete;
    Webhooks& operator=(const Webhooks&) = delete;

    void start();
    void stop();

    /// Of BlockSource.
    void on_block_entry(const std::string& place, const ledger::BlockEntry& entry);

  private:
    /// An entry of the stream, as ids grow.
    using Place = std::pair<std::uint64_t, std::uint64_t>;
    struct Hook {
        WebhookConfig config{};
        std::shared_ptr<boost::asio::ssl::context> tls{};  // deliveries under way keep theirs
        WebhookQueue queue{};
        Place told{};
        std::string complaint{};  // said last of its files
    };
    /// What the files of a webhook hold now, or why that is of no use.
    struct Files {
        std::string secret{};
        std::shared_ptr<boost::asio::ssl::context> tls{};  // null where no file names authorities
        std::string failure{};
    };
    struct BlockEvent {
        std::string place{};
        std::string event{};
        std::string block{};
        base::UnixMicros at{};
    };

    static Place place_of(const std::string& id);
    void ask_places();
    void on_places(const redis::Reply& known, const std::string& last);
    void push(Hook& hook, const BlockEvent& event);
    void push(Hook& hook, Delivery delivery);
    void look_at_problems();
    void tell_problem(const char* event, const proto::Problem& problem, base::UnixMicros at);
    void tick();
    static Files read_files(const WebhookConfig& config);
    void look_at_files();
    void take_files(Hook& hook, Files files);
    void pump(Hook& hook);
    void on_outcome(Hook& hook, const Delivery& delivery, const HttpOutcome& outcome);

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    redis::Client& client_;
    const View& view_;
    boost::asio::steady_timer timer_;
    std::vector<std::unique_ptr<Hook>> hooks_{};
    bool knows_places_ = false;
    bool is_asking_ = false;
    std::vector<BlockEvent> events_{};  // until the places are known
    std::set<std::string> told_ids_{};
    Version problems_seen_ = 0;
    std::map<std::string, proto::Problem> raised_{};
    service::Family<service::Counter>& deliveries_;
    base::SteadyTime files_at_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    boost::asio::thread_pool disk_{1};  // reads files and owns nothing
};

}  // namespace admin
