#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <functional>
#include <memory>
#include <string>

#include "aditctl/global_options.h"
#include "aditctl/status_text.h"

namespace aditctl {

/// A connection to the admin service for a command, whose calls wait:
///
///     AdminChannel admin{options};
///     const auto answer = admin.call(&v1::PoolService::Stub::GetPool, v1::GetPoolRequest{});
///
/// Errors: throws CommandFailure, which names cause and cure.
class AdminChannel {
  public:
    explicit AdminChannel(const GlobalOptions& options);

    template <class Stub, class Request, class Response>
    Response call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request) {
        Stub stub{channel_};
        grpc::ClientContext context;
        context.set_deadline(deadline());
        Response response;
        const auto status = (stub.*method)(&context, request, &response);
        if (!status.ok()) throw failure_of(status, options_.admin);
        return response;
    }

    /// Hands each message to `take` until it says false or the server ends the stream. Without a
    /// deadline once it is connected. The status with which it ended; OK when `take` ended it.
    template <class Stub, class Request, class Response>
    grpc::Status stream_status(std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(
                                   grpc::ClientContext*, const Request&),
                               const Request& request,
                               const std::function<bool(const Response&)>& take) {
        if (const auto status = wait_until_connected(); !status.ok()) return status;
        Stub stub{channel_};
        grpc::ClientContext context;
        const auto reader = (stub.*method)(&context, request);
        Response response;
        while (reader->Read(&response)) {
            if (take(response)) continue;
            context.TryCancel();
            reader->Finish();
            return grpc::Status::OK;
        }
        return reader->Finish();
    }

    /// The same; throws when it ended otherwise than OK.
    template <class Stub, class Request, class Response, class Take>
    void stream(std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(grpc::ClientContext*,
                                                                              const Request&),
                const Request& request, Take take) {
        const auto status = stream_status<Stub, Request, Response>(method, request, take);
        if (!status.ok()) throw failure_of(status, options_.admin);
    }

    const GlobalOptions& options() const { return options_; }

  private:
    std::chrono::system_clock::time_point deadline() const;
    grpc::Status wait_until_connected() const;

    GlobalOptions options_;
    std::shared_ptr<grpc::Channel> channel_;
};

/// A new id for a mutation, or the one that the operator repeats; told on stderr with --verbose.
std::string request_id_for(const GlobalOptions& options);

}  // namespace aditctl
