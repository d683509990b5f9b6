#include "simulation/parts/template_rpc.h"

#include <utility>

namespace simulation {
namespace {

namespace proto = adit::templates::v1;

class SimulatedTemplateLink final : public rpc::TemplateLink {
  public:
    SimulatedTemplateLink(RpcDirectory& directory, const std::string& address, Host host,
                          const Life& life)
        : dialer_(directory, address, host, life) {}

    std::unique_ptr<Watch> watch(const proto::WatchTemplatesRequest& request,
                                 Watch::Handlers handlers) override {
        auto* const server = listening();
        return RpcStream<proto::WatchTemplatesResponse>::call(
            dialer_, std::move(handlers), [server, request](const auto& stream) {
                server->served().hub.subscribe(stream, request, server->served().feed.store());
            });
    }

    void submit(const proto::SubmitSolutionRequest& request, std::chrono::milliseconds deadline,
                OnAnswer<proto::SubmitSolutionResponse> on_answer) override {
        auto* const server = listening();
        RpcCall<proto::SubmitSolutionResponse>::call(
            dialer_, deadline,
            [server, request](auto answer) {
                server->served().desk.submit(request, to_answer(std::move(answer)));
            },
            while_linked(std::move(on_answer)));
    }

    void fetch(const proto::GetTemplateRequest& request, std::chrono::milliseconds deadline,
               OnAnswer<proto::GetTemplateResponse> on_answer) override {
        auto* const server = listening();
        RpcCall<proto::GetTemplateResponse>::call(
            dialer_, deadline,
            [server, request](auto answer) {
                server->served().desk.get(request, to_answer(std::move(answer)));
            },
            while_linked(std::move(on_answer)));
    }

  private:
    // The connection is to this very incarnation, so what it carries never meets another one.
    TemplateServer* listening() const { return static_cast<TemplateServer*>(dialer_.server()); }

    template <class Response>
    static std::function<void(base::Result<Response, grpc::Status>)> to_answer(
        std::function<void(const grpc::Status&, const Response&)> answer) {
        return [answer = std::move(answer)](const base::Result<Response, grpc::Status>& result) {
            if (result)
                answer(grpc::Status::OK, *result);
            else
                answer(result.error(), {});
        };
    }

    template <class Response>
    OnAnswer<Response> while_linked(OnAnswer<Response> on_answer) {
        return [on_answer = std::move(on_answer), alive = std::weak_ptr{is_alive_}](
                   const auto& status, const auto& response) {
            if (!alive.expired()) on_answer(status, response);
        };
    }

    RpcDialer dialer_;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace

rpc::DialTemplates dial_templates(RpcDirectory& directory, Host host, const Life& life) {
    return [&directory, host, &life](const std::string& address) {
        return std::make_unique<SimulatedTemplateLink>(directory, address, host, life);
    };
}

}  // namespace simulation
