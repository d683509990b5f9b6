#pragma once

#include <adit/templates/v1/templates.pb.h>
#include <grpcpp/support/status.h>

#include <functional>

#include "base/clock.h"
#include "base/result.h"
#include "template/feed.h"
#include "template/spool.h"

namespace templates {

/// Answers what workers and other replicas ask for, and takes the blocks that they solve. Owned and
/// called by the loop; what it is given outlives it.
class TemplateDesk {
  public:
    template <class Response>
    using Answer = base::Result<Response, grpc::Status>;
    using OnGot = std::function<void(Answer<adit::templates::v1::GetTemplateResponse>)>;
    using OnSubmitted = std::function<void(Answer<adit::templates::v1::SubmitSolutionResponse>)>;

    TemplateDesk(const base::Clock& clock, Feed& feed, Spool& spool)
        : clock_(clock), feed_(feed), spool_(spool) {}

    /// The callbacks run once, perhaps inside the call. Errors: as the contract says
    /// (templates.proto).
    void get(const adit::templates::v1::GetTemplateRequest& request, const OnGot& on_got);
    void submit(const adit::templates::v1::SubmitSolutionRequest& request,
                OnSubmitted on_submitted);

  private:
    void build(const adit::templates::v1::SubmitSolutionRequest& request,
               const Feed::Fetched& fetched, const OnSubmitted& on_submitted);

    const base::Clock& clock_;
    Feed& feed_;
    Spool& spool_;
};

}  // namespace templates
