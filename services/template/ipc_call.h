#pragma once

#include <capnp/capability.h>
#include <kj/async.h>
#include <template_wire/ipc_wire.capnp.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "template/ipc_dialect.h"
#include "template/ipc_lane.h"

/// Calls over Cap'n Proto without its typed interfaces, see ipc_wire.capnp.
namespace templates::ipc {

using Client = capnp::Capability::Client;
using Answer = capnp::Response<capnp::AnyPointer>;

/// One call of a method by its numbers; `fill` takes the builder of its parameters.
template <class Params, class Fill>
kj::Promise<Answer> call(Client& to, method::InterfaceId interface, method::MethodId number,
                         Fill fill) {
    auto request = to.typelessRequest(interface, number, nullptr);
    fill(request.template initAs<Params>());
    return request.send();
}

/// The same in a lane, whose thread the node uses: then the parameters have a context.
template <class Params, class Fill>
kj::Promise<Answer> call_in(IpcLane& lane, Client to, method::InterfaceId interface,
                            method::MethodId number, Fill fill) {
    return lane.take_turn(
        [&lane, to = kj::mv(to), interface, number, fill = std::move(fill)]() mutable {
            return call<Params>(to, interface, number, [&](auto params) {
                params.initContext().setThread(lane.thread());
                fill(params);
            });
        });
}

/// A call without other parameters.
inline kj::Promise<Answer> ask(IpcLane& lane, Client to, method::InterfaceId interface,
                               method::MethodId number) {
    return call_in<wire::ContextParams>(lane, kj::mv(to), interface, number, [](auto) {});
}

inline capnp::Data::Reader to_data(base::ByteView bytes) {
    return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}

inline base::Bytes from_data(capnp::Data::Reader from) {
    return base::to_bytes(std::as_bytes(std::span{from.begin(), from.size()}));
}

inline std::vector<base::Bytes> from_data(capnp::List<capnp::Data>::Reader from) {
    std::vector<base::Bytes> result;
    for (const auto item : from) result.push_back(from_data(item));
    return result;
}

inline std::string from_text(capnp::Text::Reader from) {
    return {from.begin(), from.size()};
}

}  // namespace templates::ipc
