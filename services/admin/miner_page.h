#pragma once

#include <cstdint>
#include <string>

#include "admin/limiter.h"
#include "admin/view.h"
#include "admin/web_config.h"
#include "admin/web_server.h"
#include "base/clock.h"
#include "service/loop.h"

namespace admin {

/// What a miner may see of its own identity, for whoever knows it: `/miner/<identity>` is a page,
/// `/api/miner/<identity>` the same in JSON. No login and no list of identities; who asks for one
/// that does not exist is told so in the same time as another. Owned by Admin; the loop's.
class MinerPage {
  public:
    static constexpr std::size_t workers_max = 500;

    MinerPage(service::Loop& loop, const MinerPageConfig& config, const View& view,
              const base::Clock& clock);

    void close() { server_.close(); }
    std::uint16_t port() const { return server_.port(); }

  private:
    WebReply answer(const WebRequest& request);
    WebReply miner(const WebRequest& request, std::string_view segment) const;

    const View& view_;
    const base::Clock& clock_;
    Limiter limiter_;
    WebServer server_;
};

/// The answer about an identity; empty where there is none.
std::string miner_json(const View& view, const std::string& identity, base::UnixMicros now,
                       std::size_t workers_max);

}  // namespace admin
