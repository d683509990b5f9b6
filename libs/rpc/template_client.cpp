#include "rpc/template_client.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "mining/job.h"
#include "rpc/stream_client.h"
#include "rpc/template_codec.h"
#include "rpc/template_link.h"

namespace rpc {
namespace {

namespace proto = adit::templates::v1;

// Blocks are rare: so many at once mean that no replica answers, and that the caller must wait.
constexpr std::size_t submissions_max = 1024;

// One solution on its way to all replicas.
struct Submission {
    TemplateClient::OnSubmitted on_submitted{};
    std::size_t unanswered{};
    bool is_refused = false;
    bool is_unavailable = false;
    bool is_incomplete = false;
};

void take_answer(Submission& submission, const grpc::Status& status,
                 const proto::SubmitSolutionResponse& response) {
    --submission.unanswered;
    if (!submission.on_submitted) return;
    if (status.ok()) {
        if (const auto hash = read_uint256(response.block_hash())) {
            std::exchange(submission.on_submitted,
                          {})(SolutionStored{bitcoin::BlockHash{*hash}, response.already_known()});
            return;
        }
        submission.is_unavailable = true;
    } else if (status.error_code() == grpc::StatusCode::INVALID_ARGUMENT) {
        submission.is_refused = true;
    } else if (status.error_code() == grpc::StatusCode::FAILED_PRECONDITION) {
        submission.is_incomplete = true;
    } else if (status.error_code() != grpc::StatusCode::NOT_FOUND) {
        submission.is_unavailable = true;
    }
    if (submission.unanswered > 0) return;
    const auto error = submission.is_unavailable  ? SolutionError::unavailable
                       : submission.is_refused    ? SolutionError::not_a_block
                       : submission.is_incomplete ? SolutionError::incomplete_template
                                                  : SolutionError::unknown_template;
    std::exchange(submission.on_submitted, {})(base::unexpected(error));
}

// One template that is asked for.
struct Fetching {
    TemplateClient::OnFetched on_fetched{};
    std::size_t unanswered{};
    bool is_unavailable = false;
};

}  // namespace

class TemplateClient::Replica {
  public:
    Replica(TemplateClient& client, boost::asio::io_context& loop, base::Random& random,
            const std::string& address, std::unique_ptr<TemplateLink> link)
        : client_(client),
          address_(address),
          link_(std::move(link)),
          stream_(
              loop, random, address, watch_request(client.options_.subscriber),
              [this](const auto& request, auto handlers) {
                  return link_->watch(request, std::move(handlers));
              },
              {.on_begin = [this] { is_in_sync_ = false; },
               .on_response = [this](const auto& response) { return on_response(response); },
               .on_end =
                   [this](const grpc::Status&) {
                       is_in_sync_ = false;
                       client_.sweep_soon();
                   }},
              client.options_.backoff) {}

    void start() { stream_.start(); }
    const std::string& address() const { return address_; }
    bool is_in_sync() const { return is_in_sync_; }
    bool is_needed() const { return is_in_sync_ || in_flight_ > 0 || fetches_ > 0; }

    void submit(const proto::SubmitSolutionRequest& request,
                std::shared_ptr<Submission> submission) {
        if (in_flight_ >= submissions_max)
            return take_answer(*submission, {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many"}, {});
        ++in_flight_;
        link_->submit(request, client_.options_.submit_deadline,
                      [this, submission](const grpc::Status& status, const auto& response) {
                          if (--in_flight_ == 0) client_.sweep_soon();
                          if (!status.ok())
                              base::log_warning("template replica did not take a solution",
                                                {{"replica", address_},
                                                 {"code", static_cast<int>(status.error_code())},
                                                 {"reason", status.error_message()}});
                          take_answer(*submission, status, response);
                      });
    }

    void fetch(mining::TemplateRef ref, std::shared_ptr<Fetching> fetching) {
        ++fetches_;
        proto::GetTemplateRequest request;
        request.set_ref(ref.value);
        link_->fetch(request, client_.options_.fetch_deadline,
                     [this, ref, fetching](const grpc::Status& status, const auto& response) {
                         if (--fetches_ == 0) client_.sweep_soon();
                         on_fetched(*fetching, ref, status, response);
                     });
    }

  private:
    void on_fetched(Fetching& fetching, mining::TemplateRef ref, const grpc::Status& status,
                    const proto::GetTemplateResponse& response) {
        --fetching.unanswered;
        if (!fetching.on_fetched) return;
        if (status.ok()) {
            auto block_template = from_proto(response.block_template());
            if (block_template && block_template->ref == ref) {
                client_.keep(*block_template);
                return std::exchange(fetching.on_fetched, {})(std::move(*block_template));
            }
            base::log_error("template service sent what is no template", {{"replica", address_}});
        }
        if (status.error_code() != grpc::StatusCode::NOT_FOUND) fetching.is_unavailable = true;
        if (fetching.unanswered > 0) return;
        std::exchange(fetching.on_fetched, {})(base::unexpected(
            fetching.is_unavailable ? FetchError::unavailable : FetchError::unknown));
    }

    static proto::WatchTemplatesRequest watch_request(const std::string& subscriber) {
        proto::WatchTemplatesRequest request;
        request.add_derivation_versions(mining::derivation_version);
        request.set_subscriber(subscriber);
        return request;
    }

    bool on_response(const proto::WatchTemplatesResponse& response) {
        if (response.has_snapshot_end()) {
            is_in_sync_ = true;
            client_.on_cached(mining::TemplateRef{response.snapshot_end().current_ref()});
            return true;
        }
        auto block_template = from_proto(response.block_template());
        if (!block_template) {
            base::log_error("template service sent what is no template",
                            {{"replica", address_}, {"reason", block_template.error()}});
            return false;
        }
        const auto ref = block_template->ref;
        client_.cache_.insert(std::move(*block_template));
        if (is_in_sync_) client_.on_cached(ref);
        return true;
    }

    TemplateClient& client_;
    std::string address_;
    std::unique_ptr<TemplateLink> link_;
    std::size_t in_flight_ = 0;  // solutions
    std::size_t fetches_ = 0;
    bool is_in_sync_ = false;
    StreamClient<proto::WatchTemplatesRequest, proto::WatchTemplatesResponse> stream_;
};

TemplateClient::TemplateClient(boost::asio::io_context& loop, base::Random& random, Options options)
    : TemplateClient(loop, random, std::move(options), grpc_template_links(loop)) {}

TemplateClient::TemplateClient(boost::asio::io_context& loop, base::Random& random, Options options,
                               DialTemplates dial)
    : loop_(loop),
      options_(std::move(options)),
      cache_(options_.limits),
      replicas_([this, &loop, &random, dial = std::move(dial)](const std::string& address) {
          return std::make_unique<Replica>(*this, loop, random, address, dial(address));
      }) {
    set_replicas(options_.replicas);
}

TemplateClient::~TemplateClient() = default;

void TemplateClient::set_replicas(const std::vector<std::string>& addresses) {
    replicas_.set(addresses);
}

// A replica tells of it in a handler of its own, in which it cannot go.
void TemplateClient::sweep_soon() {
    boost::asio::post(loop_, [this, alive = std::weak_ptr{is_alive_}] {
        if (!alive.expired()) replicas_.sweep();
    });
}

void TemplateClient::start(OnTemplate on_template) {
    on_template_ = std::move(on_template);
    replicas_.start();
}

const mining::BlockTemplate* TemplateClient::current() const {
    return cache_.current();
}

const mining::BlockTemplate* TemplateClient::find(mining::TemplateRef ref) const {
    return cache_.find(ref);
}

std::size_t TemplateClient::replicas_in_sync() const {
    std::size_t count = 0;
    replicas_.for_each([&](const Replica& replica) {
        if (replica.is_in_sync()) ++count;
    });
    return count;
}

void TemplateClient::submit_solution(const Solution& solution, OnSubmitted on_submitted) {
    proto::SubmitSolutionRequest request;
    request.set_template_ref(solution.template_ref.value);
    request.set_header(base::to_string(solution.header));
    request.set_coinbase_tx(base::to_string(solution.coinbase_tx));
    request.set_channel_key(solution.channel.value);
    request.set_user_identity(solution.user_identity);
    if (replicas_.size() == 0) return on_submitted(base::unexpected(SolutionError::unavailable));
    auto submission = std::make_shared<Submission>();
    submission->on_submitted = std::move(on_submitted);
    submission->unanswered = replicas_.size();
    replicas_.for_each([&](Replica& replica) { replica.submit(request, submission); });
}

void TemplateClient::fetch(mining::TemplateRef ref, OnFetched on_fetched) {
    if (replicas_.size() == 0)
        return boost::asio::post(loop_, [on_fetched = std::move(on_fetched)] {
            on_fetched(base::unexpected(FetchError::unavailable));
        });
    auto fetching = std::make_shared<Fetching>();
    fetching->on_fetched = std::move(on_fetched);
    fetching->unanswered = replicas_.size();
    replicas_.for_each([&](Replica& replica) { replica.fetch(ref, fetching); });
}

void TemplateClient::on_cached(mining::TemplateRef ref) {
    if (cache_.advance_to(ref)) on_template_(*cache_.current());
}

}  // namespace rpc
