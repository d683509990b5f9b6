#include "aditctl/shares_source.h"

#include <adit/admin/v1/share.grpc.pb.h>

#include <stdexcept>

#include "share_export/share_codec.h"

namespace aditctl {
namespace {

namespace v1 = adit::admin::v1;

void set_time(google::protobuf::Timestamp& to, base::UnixMicros at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    to.set_seconds(seconds.time_since_epoch().count());
    to.set_nanos(static_cast<std::int32_t>((at - seconds).count() * 1'000));
}

}  // namespace

void export_shares(AdminChannel& admin, const TimeRange& time, const std::string& identity,
                   const std::function<void(const share_export::ShareRow&)>& take) {
    v1::ExportSharesRequest request;
    set_time(*request.mutable_from(), time.from);
    set_time(*request.mutable_to(), time.to);
    request.set_identity(identity);
    admin.stream<v1::ShareService::Stub, v1::ExportSharesRequest, v1::ExportSharesResponse>(
        &v1::ShareService::Stub::ExportShares, request,
        [&take](const v1::ExportSharesResponse& response) {
            for (const auto& share : response.shares()) {
                const auto row = share_export::from_proto(share);
                if (!row) throw std::runtime_error(row.error());
                take(*row);
            }
            return true;
        });
}

}  // namespace aditctl
