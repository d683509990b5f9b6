#pragma once

#include <adit/admin/v1/gateway.pb.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "admin/table.h"
#include "mining/ids.h"

namespace admin {

/// Through which connection a channel is mined, as far as the gateways have said it: they name the
/// first hundred channels of each connection. Without I/O or clock.
class ConnectionIndex {
  public:
    struct Place {
        std::string connection{};  // the row's name
        std::string firmware{};
        std::vector<mining::ChannelKey> channels{};
    };

    explicit ConnectionIndex(const Table<adit::admin::v1::Connection>& rows) : rows_(rows) {}

    /// Takes what has changed since the last call.
    void update();
    /// Null where nobody has said it; valid until the next update.
    const Place* find(mining::ChannelKey key) const;

  private:
    void put(const adit::admin::v1::Connection& row);
    void remove(std::string_view connection);

    const Table<adit::admin::v1::Connection>& rows_;
    Version seen_ = 0;
    std::unordered_map<std::string, std::unique_ptr<Place>> places_{};  // by connection
    std::unordered_map<mining::ChannelKey, const Place*> by_channel_{};
};

}  // namespace admin
