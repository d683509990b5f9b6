#include "admin/policy_api.h"

#include <adit/vardiff/v1/vardiff.grpc.pb.h>

#include "admin/ban_fields.h"
#include "admin/list_call.h"
#include "admin/mutation_call.h"
#include "admin/vardiff_policy.h"
#include "ledger/bans.h"

namespace admin {
namespace {

namespace vardiff = adit::vardiff::v1;

ApiError ledger_away(const std::string& why) {
    return {Reason::ledger_unavailable, "the ban list cannot be changed: " + why, {}};
}

}  // namespace

grpc::ServerUnaryReactor* PolicyApi::GetBan(grpc::CallbackServerContext* context,
                                            const proto::GetBanRequest* request,
                                            proto::GetBanResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetBanResponse>(parts_.view.bans, names::ban, asked.name(),
                                              &proto::GetBanResponse::mutable_ban);
    });
}

grpc::ServerUnaryReactor* PolicyApi::ListBans(grpc::CallbackServerContext* context,
                                              const proto::ListBansRequest* request,
                                              proto::ListBansResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return list_rows(parts_.view.bans, asked, &proto::ListBansResponse::mutable_bans);
    });
}

template <class Request, class Response, class Start>
void PolicyApi::ask_vardiff(std::vector<std::string> replicas, const Request& request, Start start,
                            std::function<void(ApiResult<Response>)> then) {
    if (replicas.empty())
        return then(base::unexpected(ApiError{
            Reason::service_unreachable, "no vardiff service is known", {{"service", "vardiff"}}}));
    const auto first = replicas.back();
    replicas.pop_back();
    ask_process<vardiff::VardiffService, Request, Response>(
        parts_.processes, parts_.gate.to_loop(), first, request, start,
        [this, replicas = std::move(replicas), request, start,
         then = std::move(then)](ApiResult<Response> answer) {
            const bool is_away = !answer && answer.error().reason == Reason::service_unreachable;
            if (is_away && !replicas.empty())
                return ask_vardiff<Request, Response>(replicas, request, start, then);
            then(std::move(answer));
        });
}

grpc::ServerUnaryReactor* PolicyApi::GetVardiffPolicy(grpc::CallbackServerContext* context,
                                                      const proto::GetVardiffPolicyRequest* request,
                                                      proto::GetVardiffPolicyResponse* response) {
    return parts_.gate.ask(context, request, response, Role::viewer, [this](const auto& call) {
        ask_vardiff<vardiff::GetPolicyRequest, vardiff::GetPolicyResponse>(
            services_of(parts_.view, "vardiff"), {},
            [](auto& async, auto... args) { async.GetPolicy(args...); },
            [call](const auto& policies) {
                if (!policies) return call->refuse(to_status(policies.error()));
                proto::GetVardiffPolicyResponse answer;
                *answer.mutable_vardiff_policy() = to_api(policies->policies());
                call->answer(std::move(answer));
            });
    });
}

grpc::ServerUnaryReactor* PolicyApi::SetVardiffPolicy(grpc::CallbackServerContext* context,
                                                      const proto::SetVardiffPolicyRequest* request,
                                                      proto::SetVardiffPolicyResponse* response) {
    return parts_.gate.ask(context, request, response, Role::operating, [this](const auto& call) {
        auto asked = to_vardiff(call->request());
        if (!asked) return call->refuse(to_status(asked.error()));
        mutate(parts_.mutations, call, "SetVardiffPolicy",
               [this, asked = *asked](const auto&, auto done) {
                   ask_vardiff<vardiff::SetPolicyRequest, vardiff::SetPolicyResponse>(
                       services_of(parts_.view, "vardiff"), asked,
                       [](auto& async, auto... args) { async.SetPolicy(args...); },
                       [done = std::move(done)](const auto& policies) {
                           if (!policies) return done(base::unexpected(policies.error()));
                           proto::SetVardiffPolicyResponse answer;
                           *answer.mutable_vardiff_policy() = to_api(policies->policies());
                           done(std::move(answer));
                       });
               });
    });
}

grpc::ServerUnaryReactor* PolicyApi::CreateBan(grpc::CallbackServerContext* context,
                                               const proto::CreateBanRequest* request,
                                               proto::CreateBanResponse* response) {
    return parts_.gate.ask(context, request, response, Role::operating, [this](const auto& call) {
        auto ban = to_ledger(call->request().ban(), parts_.clock.unix_now());
        if (!ban) return call->refuse(to_status(ban.error()));
        mutate(parts_.mutations, call, "CreateBan", [this, ban = *ban](const auto&, auto done) {
            ledger::set_ban(parts_.redis, ban, [ban, done = std::move(done)](const auto& written) {
                if (!written) return done(base::unexpected(ledger_away(written.error())));
                proto::CreateBanResponse answer;
                *answer.mutable_ban() = to_api(ban);
                done(std::move(answer));
            });
        });
    });
}

grpc::ServerUnaryReactor* PolicyApi::DeleteBan(grpc::CallbackServerContext* context,
                                               const proto::DeleteBanRequest* request,
                                               proto::DeleteBanResponse* response) {
    return parts_.gate.ask(context, request, response, Role::operating, [this](const auto& call) {
        auto subject = ban_subject(call->request().name());
        if (!subject) return call->refuse(to_status(subject.error()));
        mutate(parts_.mutations, call, "DeleteBan",
               [this, subject = *subject](const auto& asked, auto done) {
                   ledger::remove_ban(
                       parts_.redis, subject,
                       [name = asked.name(), done = std::move(done)](const auto& removed) {
                           if (!removed)
                               return done(base::unexpected(ledger_away(removed.error())));
                           if (!*removed) return done(base::unexpected(not_found(name)));
                           done(proto::DeleteBanResponse{});
                       });
               });
    });
}

}  // namespace admin
