#pragma once

#include <grpcpp/impl/codegen/proto_utils.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "admin/api_call.h"
#include "admin/resource_name.h"
#include "admin/table.h"
#include "admin/watch_feed.h"
#include "admin/watch_hub.h"

namespace admin {

/// The way of every Watch: admitted and read on gRPC's thread, all else is the loop's.
class WatchGate {
  public:
    WatchGate(const ApiGate& gate, WatchHub& hub) : gate_(gate), hub_(hub) {}

    /// Watches a table. A request's parent has the form `parent_form`; `refresh` has the table
    /// filled where nobody does so without being asked.
    template <class Request, class Response, class Row>
    WatchStream::Reactor* watch(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,
                                const Table<Row>& table, std::string_view parent_form = {},
                                std::function<void()> refresh = {}) const {
        return accept<Request>(
            context, bytes,
            [&hub = hub_, &table, parent_form, refresh = std::move(refresh)](
                const auto& stream, const Request& request) {
                std::string name_prefix;
                if constexpr (requires { request.parent(); }) {
                    auto parent = parse_parent(parent_form, request.parent());
                    if (!parent) return stream->finish(to_status(parent.error()));
                    name_prefix = std::move(*parent);
                }
                auto filter = Filter::parse(*Row::descriptor(), request.filter());
                if (!filter)
                    return stream->finish(to_status({Reason::invalid_filter,
                                                     "filter: " + filter.error().to_string(),
                                                     {{"field", "filter"}}}));
                const auto make = [&](std::uint64_t id, std::uint64_t filter_hash) {
                    return std::make_unique<TableFeed<Row, Response>>(table, *filter, name_prefix,
                                                                      refresh, id, filter_hash);
                };
                hub.open(stream, {Row::descriptor()->name(), name_prefix, request.filter()},
                         request.resume_token(), make);
            });
    }

    /// Watches what is one thing.
    template <class Request>
    WatchStream::Reactor* watch(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,
                                const WatchHub::Topic& topic, WatchHub::MakeFeed make) const {
        return accept<Request>(
            context, bytes,
            [&hub = hub_, topic, make = std::move(make)](const auto& stream, const Request&) {
                hub.open(stream, topic, {}, make);
            });
    }

  private:
    template <class Request, class Open>
    WatchStream::Reactor* accept(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* bytes, Open open) const {
        auto caller = gate_.access().admit(*context->auth_context(), context->peer(), Role::viewer);
        if (!caller) return WatchStream::refuse(to_status(caller.error()));
        Request request;
        grpc::ByteBuffer copy = *bytes;  // reading takes the buffer
        const auto read = grpc::SerializationTraits<Request>::Deserialize(&copy, &request);
        if (!read.ok()) return WatchStream::refuse(read);
        return WatchStream::accept(gate_.to_loop(),
                                   [open = std::move(open), request = std::move(request)](
                                       const auto& stream) { open(stream, request); });
    }

    const ApiGate& gate_;
    WatchHub& hub_;
};

}  // namespace admin
