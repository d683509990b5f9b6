#pragma once

#include <adit/admin/v1/page.pb.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/view.h"
#include "admin/web_message.h"

namespace admin {

/// Steps of a history, the oldest first.
struct ShownHistory {
    std::chrono::seconds step{};
    std::vector<proto::HistoryPoint> points{};
};

/// Who knows what was; a view only has what is. Without one, histories are empty.
struct HistorySource {
    std::function<ShownHistory(std::chrono::seconds window)> pool{};
    /// Of a worker or an identity, by name; nothing where there is none.
    std::function<std::optional<ShownHistory>(std::string_view name, std::chrono::seconds window)>
        worker{};
};

/// Joins neighbours until there are at most so many: a chart is no wider than a screen.
ShownHistory thinned(ShownHistory history, std::size_t points_max);

/// The console's questions under /api/, answered with the API's messages in JSON. Owned by Console.
class ConsoleApi {
  public:
    ConsoleApi(const View& view, HistorySource history);

    /// Nothing where the path is none of its own.
    std::optional<WebReply> answer(const WebRequest& request) const;

  private:
    WebReply workers(const WebRequest& request) const;
    WebReply worker(const WebRequest& request) const;
    WebReply worker_channels(const WebRequest& request) const;
    WebReply pool_history(const WebRequest& request) const;
    WebReply worker_history(const WebRequest& request) const;

    const View& view_;
    HistorySource history_;
    std::map<std::string, WebHandler, std::less<>> routes_{};
};

/// Packs the body where that pays and the browser takes it; `Cache-Control: no-store`.
WebReply json_reply(std::string json, const WebRequest& request);
/// `{"error":"..."}`.
WebReply error_reply(unsigned status, std::string_view what);

}  // namespace admin
