#include "admin/share_service.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "admin/share_export_stream.h"
#include "admin/share_tail.h"

namespace admin {
namespace {

/// Each holds a page of every partition, and asks Redis five times a second.
constexpr std::size_t streams_max = 16;

base::UnixMicros time_from(const google::protobuf::Timestamp& at) {
    return base::UnixMicros{std::chrono::seconds{at.seconds()} +
                            std::chrono::microseconds{at.nanos() / 1'000}};
}

/// Admits the caller and reads the request, on gRPC's thread; `open` runs on the loop.
template <class Request, class Open>
WatchStream::Reactor* accept(const ApiGate& gate, grpc::CallbackServerContext* context,
                             const grpc::ByteBuffer* bytes, Open open) {
    auto caller = gate.access().admit(*context->auth_context(), context->peer(), Role::viewer);
    if (!caller) return WatchStream::refuse(to_status(caller.error()));
    Request request;
    grpc::ByteBuffer copy = *bytes;  // reading takes the buffer
    const auto read = grpc::SerializationTraits<Request>::Deserialize(&copy, &request);
    if (!read.ok()) return WatchStream::refuse(read);
    return WatchStream::accept(
        gate.to_loop(), [open = std::move(open), request = std::move(request)](const auto& stream) {
            open(stream, request);
        });
}

}  // namespace

ShareService::ShareService(const ApiGate& gate, boost::asio::io_context& loop,
                           const base::Clock& clock, redis::Client& client,
                           std::uint32_t partitions, std::optional<std::filesystem::path> archive)
    : gate_(gate),
      loop_(loop),
      clock_(clock),
      client_(client),
      partitions_(partitions),
      archive_(std::move(archive)) {}

ShareService::~ShareService() {
    disk_.join();
}

void ShareService::close() {
    is_closed_ = true;
    for (const auto& stream : std::set{streams_})
        stream->finish(to_status({Reason::stopping, "the admin service stops; ask again"}));
}

void ShareService::open(std::shared_ptr<ShareStream> stream) {
    if (is_closed_)
        return stream->finish(to_status({Reason::stopping, "the admin service stops; ask again"}));
    if (streams_.size() >= streams_max)
        return stream->finish({grpc::StatusCode::RESOURCE_EXHAUSTED,
                               "sixteen streams of shares are open; end one of them first"});
    streams_.insert(stream);
    // Its own callbacks may be running when it is gone.
    stream->begin([this, key = std::weak_ptr{stream}] {
        if (auto gone = key.lock()) {
            streams_.erase(gone);
            boost::asio::post(loop_, [gone] {});
        }
    });
}

WatchStream::Reactor* ShareService::TailShares(grpc::CallbackServerContext* context,
                                               const grpc::ByteBuffer* bytes) {
    return accept<proto::TailSharesRequest>(
        gate_, context, bytes, [this](const auto& stream, const proto::TailSharesRequest& request) {
            open(std::make_shared<ShareTail>(stream, loop_, clock_, client_, partitions_, request));
        });
}

WatchStream::Reactor* ShareService::ExportShares(grpc::CallbackServerContext* context,
                                                 const grpc::ByteBuffer* bytes) {
    return accept<proto::ExportSharesRequest>(
        gate_, context, bytes,
        [this](const auto& stream, const proto::ExportSharesRequest& request) {
            share_export::ShareFilter filter;
            if (request.has_from()) filter.from = time_from(request.from());
            if (request.has_to()) filter.to = time_from(request.to());
            filter.identity = request.identity();
            open(std::make_shared<ShareExportStream>(
                stream, ShareExportStream::From{loop_, disk_, client_, partitions_, archive_},
                std::move(filter)));
        });
}

}  // namespace admin
