#pragma once

#include <adit/admin/v1/share.grpc.pb.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>

#include "admin/api_call.h"
#include "admin/service_methods.h"
#include "admin/share_stream.h"
#include "admin/view.h"
#include "admin/watch_stream.h"
#include "base/clock.h"
#include "redis/client.h"

namespace admin {

using ShareMethods = ServiceMethods<proto::ShareService::Service,
                                    proto::ShareService::WithRawCallbackMethod_TailShares,
                                    proto::ShareService::WithRawCallbackMethod_ExportShares>::type;

/// ShareService: the share log as it grows, and what was received in a time, from the archive where
/// there is one and from the log. Its methods run on gRPC's threads, which hand each call to the
/// loop; files are read by a thread that owns nothing else.
class ShareService final : public ShareMethods {
  public:
    ShareService(const ApiGate& gate, boost::asio::io_context& loop, const base::Clock& clock,
                 redis::Client& client, std::uint32_t partitions,
                 std::optional<std::filesystem::path> archive);
    ~ShareService() override;

    WatchStream::Reactor* TailShares(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* bytes) override;
    WatchStream::Reactor* ExportShares(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* bytes) override;

    /// Ends every stream, and takes no more: before gRPC's server ends.
    void close();

  private:
    /// Keeps it until its stream is gone.
    void open(std::shared_ptr<ShareStream> stream);

    const ApiGate& gate_;
    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    redis::Client& client_;
    std::uint32_t partitions_;
    std::optional<std::filesystem::path> archive_;
    bool is_closed_ = false;
    std::set<std::shared_ptr<ShareStream>> streams_{};
    boost::asio::thread_pool disk_{1};
};

}  // namespace admin
