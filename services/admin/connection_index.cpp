#include "admin/connection_index.h"

#include <utility>

#include "admin/row_names.h"

namespace admin {

void ConnectionIndex::update() {
    if (!rows_.knows(seen_)) {
        places_.clear();
        by_channel_.clear();
        seen_ = rows_.version();
        rows_.for_each([this](const auto& row) { put(row); });
        return;
    }
    const auto changes = rows_.since(seen_);
    seen_ = changes.version;
    for (const auto& name : changes.removed) remove(name);
    for (const auto* row : changes.upserted) put(*row);
}

const ConnectionIndex::Place* ConnectionIndex::find(mining::ChannelKey key) const {
    const auto found = by_channel_.find(key);
    return found == by_channel_.end() ? nullptr : found->second;
}

void ConnectionIndex::put(const adit::admin::v1::Connection& row) {
    std::vector<mining::ChannelKey> channels;
    for (const auto& name : row.channel_names())
        if (const auto key = channel_of_resource(name)) channels.push_back(*key);
    auto& place = places_[row.name()];
    if (place != nullptr && place->firmware == row.firmware() && place->channels == channels)
        return;
    remove(row.name());
    auto& made = places_[row.name()];
    made = std::make_unique<Place>(Place{row.name(), row.firmware(), std::move(channels)});
    for (const auto key : made->channels) by_channel_[key] = made.get();
}

void ConnectionIndex::remove(std::string_view connection) {
    const auto found = places_.find(std::string{connection});
    if (found == places_.end()) return;
    if (found->second != nullptr)
        for (const auto key : found->second->channels) {
            const auto channel = by_channel_.find(key);
            // A channel that has moved is another connection's by now.
            if (channel != by_channel_.end() && channel->second == found->second.get())
                by_channel_.erase(channel);
        }
    places_.erase(found);
}

}  // namespace admin
