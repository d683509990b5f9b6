#include "template/block_stream.h"

#include <utility>

#include "base/log.h"

namespace templates {

BlockStream::BlockStream(boost::asio::io_context& loop, redis::Client& redis, base::Random& random,
                         Metrics& metrics, Settings settings)
    : redis_(redis),
      metrics_(metrics),
      settings_(settings),
      backoff_(random, settings.retry),
      retry_(loop) {}

void BlockStream::append(ledger::BlockEntry entry) {
    waiting_.push_back(std::move(entry));
    metrics_.block_events_waiting.set(static_cast<double>(waiting_.size()));
    if (waiting_.size() == 1) write_next();
}

void BlockStream::write_next() {
    ledger::append_block_entry(redis_, waiting_.front(), settings_.length_max, settings_.durability,
                               [this, alive = std::weak_ptr{is_alive_}](const auto& failure) {
                                   if (!alive.expired()) on_answer(failure);
                               });
}

void BlockStream::on_answer(const std::optional<std::string>& failure) {
    if (failure) {
        if (!std::exchange(is_failing_, true))
            base::log_warning("Redis does not take what happens to blocks, trying again",
                              {{"reason", *failure}});
        retry_.expires_after(backoff_.next());
        retry_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
            if (!error && !alive.expired()) write_next();
        });
        return;
    }
    is_failing_ = false;
    backoff_.reset();
    const auto written = std::move(waiting_.front());
    waiting_.pop_front();
    metrics_.block_events_waiting.set(static_cast<double>(waiting_.size()));
    if (!waiting_.empty()) write_next();
    on_written_(written);
}

}  // namespace templates
