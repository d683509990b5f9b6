#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace admin {

/// What a browser asks, as far as pages care. Views of the connection's buffer: valid while the
/// handler runs.
struct WebRequest {
    /// What stands before and behind the question mark, as it came.
    std::string_view path{};
    std::string_view query{};
    std::string_view host{};
    std::string_view if_none_match{};
    std::string_view last_event_id{};
    /// Of the peer, see edge::limit_key().
    std::string_view peer{};
    bool accepts_gzip = false;
};

/// One end of a stream of server-sent events. Owned by its connection; the loop's.
class EventStream {
  public:
    virtual ~EventStream() = default;
    /// Queues text for the browser. False: it is gone, or reads so slowly that it has been closed.
    virtual bool send(std::shared_ptr<const std::string> text) = 0;
    virtual bool is_open() const = 0;
    virtual void close() = 0;

  protected:
    EventStream() = default;
    EventStream(const EventStream&) = default;
    EventStream& operator=(const EventStream&) = default;
};

/// What it is told.
struct WebReply {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body{};
    /// Instead of `body`, what lives as long as the program.
    std::string_view content{};
    bool is_gzip = false;
    std::vector<std::pair<std::string, std::string>> headers{};
    /// Answer only after so long, whatever it took to find the answer.
    std::chrono::milliseconds delay{0};
    /// Where set, the answer is a stream of events, which this is given.
    std::function<void(const std::shared_ptr<EventStream>&)> on_stream{};

    std::string_view bytes() const { return content.empty() ? std::string_view{body} : content; }
};

using WebHandler = std::function<WebReply(const WebRequest&)>;

}  // namespace admin
