#pragma once

#include "admin/view.h"
#include "admin/watch_feed.h"

namespace admin {

/// The pool as a whole, at each round of the hub.
class PoolFeed final : public WatchFeed {
  public:
    PoolFeed(const View& view, std::uint64_t id, std::uint64_t filter_hash)
        : WatchFeed(id, filter_hash), view_(view) {}

    void update() override {
        ++last_;
        proto::WatchPoolResponse response;
        *response.mutable_pool() = view_.pool;
        bool own = false;
        (void)grpc::SerializationTraits<proto::WatchPoolResponse>::Serialize(response, &now_.bytes,
                                                                             &own);
    }
    const Chunk& chunk(Sequence, Sequence to, bool) override {
        now_.next = to;
        return now_;
    }

  private:
    const View& view_;
    Chunk now_{};
};

}  // namespace admin
