#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>

namespace rpc {

/// A channel to `host:port`, in the clear, with its own connection. A peer that has gone without a
/// word is noticed by pings within 15 seconds; gRPC reconnects within 2.
/// The channel stays open until the process ends. Of the loop's thread only.
/// Servers must allow a ping every 5 seconds (service::GrpcServer does).
std::shared_ptr<grpc::Channel> dial(const std::string& address);

}  // namespace rpc
