#include "rpc/template_link.h"

#include <adit/templates/v1/templates.grpc.pb.h>

#include <utility>

#include "rpc/channel.h"
#include "rpc/grpc_stream_call.h"
#include "rpc/mailbox.h"

namespace rpc {
namespace {

namespace proto = adit::templates::v1;

// What gRPC needs until a call is over.
template <class Request, class Response>
struct Call {
    Call(const Request& asked, std::chrono::milliseconds deadline) : request(asked) {
        context.set_deadline(gpr_time_from_millis(deadline.count(), GPR_TIMESPAN));
    }
    grpc::ClientContext context{};
    Request request;
    Response response{};
};

class GrpcTemplateLink final : public TemplateLink {
  public:
    GrpcTemplateLink(boost::asio::io_context& loop, const std::string& address)
        : loop_(loop), stub_(proto::TemplateService::NewStub(dial(address))), mailbox_(loop) {}

    std::unique_ptr<Watch> watch(const proto::WatchTemplatesRequest& request,
                                 Watch::Handlers handlers) override {
        return std::make_unique<
            GrpcStreamCall<proto::WatchTemplatesRequest, proto::WatchTemplatesResponse>>(
            loop_, request,
            [this](auto* context, const auto* asked, auto* reactor) {
                stub_->async()->WatchTemplates(context, asked, reactor);
            },
            std::move(handlers));
    }

    void submit(const proto::SubmitSolutionRequest& request, std::chrono::milliseconds deadline,
                OnAnswer<proto::SubmitSolutionResponse> on_answer) override {
        auto call =
            std::make_shared<Call<proto::SubmitSolutionRequest, proto::SubmitSolutionResponse>>(
                request, deadline);
        stub_->async()->SubmitSolution(&call->context, &call->request, &call->response,
                                       to_loop(call, std::move(on_answer)));
    }

    void fetch(const proto::GetTemplateRequest& request, std::chrono::milliseconds deadline,
               OnAnswer<proto::GetTemplateResponse> on_answer) override {
        auto call = std::make_shared<Call<proto::GetTemplateRequest, proto::GetTemplateResponse>>(
            request, deadline);
        stub_->async()->GetTemplate(&call->context, &call->request, &call->response,
                                    to_loop(call, std::move(on_answer)));
    }

  private:
    template <class Made, class Answer>
    std::function<void(grpc::Status)> to_loop(std::shared_ptr<Made> call, Answer on_answer) {
        return [call = std::move(call), on_answer = std::move(on_answer),
                sender = mailbox_.sender()](const grpc::Status& status) {
            sender.post([call, on_answer, status] { on_answer(status, call->response); });
        };
    }

    boost::asio::io_context& loop_;
    std::unique_ptr<proto::TemplateService::Stub> stub_;
    Mailbox mailbox_;
};

}  // namespace

DialTemplates grpc_template_links(boost::asio::io_context& loop) {
    return [&loop](const std::string& address) {
        return std::make_unique<GrpcTemplateLink>(loop, address);
    };
}

}  // namespace rpc
