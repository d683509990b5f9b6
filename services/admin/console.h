#pragma once

#include <cstdint>
#include <optional>

#include "admin/console_api.h"
#include "admin/console_events.h"
#include "admin/view.h"
#include "admin/web_config.h"
#include "admin/web_server.h"
#include "base/clock.h"
#include "base/random.h"
#include "service/loop.h"

namespace admin {

/// The operators' web page: the files that are in the program, questions under /api/, and what is
/// new once a second under /api/events. It changes nothing of the pool. Owned by Admin; the loop's.
class Console {
  public:
    Console(service::Loop& loop, const ConsoleConfig& config, const View& view,
            HistorySource history, const base::Clock& clock, base::Random& random);

    void start();
    /// Ends every browser's stream and connection.
    void close();
    std::uint16_t port() const { return server_.port(); }

  private:
    WebReply answer(const WebRequest& request);

    std::vector<std::string> hosts_;
    ConsoleApi api_;
    ConsoleEvents events_;
    WebServer server_;
};

}  // namespace admin
