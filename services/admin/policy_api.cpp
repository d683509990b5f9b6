#include "admin/policy_api.h"

#include "admin/list_call.h"

namespace admin {

grpc::ServerUnaryReactor* PolicyApi::GetBan(grpc::CallbackServerContext* context,
                                            const proto::GetBanRequest* request,
                                            proto::GetBanResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetBanResponse>(view_.bans, names::ban, asked.name(),
                                              &proto::GetBanResponse::mutable_ban);
    });
}

grpc::ServerUnaryReactor* PolicyApi::ListBans(grpc::CallbackServerContext* context,
                                              const proto::ListBansRequest* request,
                                              proto::ListBansResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return list_rows(view_.bans, asked, &proto::ListBansResponse::mutable_bans);
    });
}

}  // namespace admin
