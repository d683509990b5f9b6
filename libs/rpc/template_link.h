#pragma once

#include <adit/templates/v1/templates.pb.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "rpc/stream_call.h"

namespace rpc {

/// The calls to one template replica. On the loop: what comes back runs on it, never inside the
/// call that asks, and not once the link is destroyed.
class TemplateLink {
  public:
    using Watch = StreamCall<adit::templates::v1::WatchTemplatesResponse>;
    /// Runs once, also when no answer comes in time.
    template <class Response>
    using OnAnswer = std::function<void(const grpc::Status&, const Response&)>;

    virtual ~TemplateLink() = default;
    TemplateLink(const TemplateLink&) = delete;
    TemplateLink& operator=(const TemplateLink&) = delete;

    virtual std::unique_ptr<Watch> watch(const adit::templates::v1::WatchTemplatesRequest& request,
                                         Watch::Handlers handlers) = 0;
    virtual void submit(const adit::templates::v1::SubmitSolutionRequest& request,
                        std::chrono::milliseconds deadline,
                        OnAnswer<adit::templates::v1::SubmitSolutionResponse> on_answer) = 0;
    virtual void fetch(const adit::templates::v1::GetTemplateRequest& request,
                       std::chrono::milliseconds deadline,
                       OnAnswer<adit::templates::v1::GetTemplateResponse> on_answer) = 0;

  protected:
    TemplateLink() = default;
};

using DialTemplates = std::function<std::unique_ptr<TemplateLink>(const std::string& address)>;

/// Over gRPC, see dial().
DialTemplates grpc_template_links(boost::asio::io_context& loop);

}  // namespace rpc
