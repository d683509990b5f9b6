#include "rpc/target_client.h"

#include <boost/asio/post.hpp>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "rpc/stream_client.h"
#include "rpc/target_link.h"
#include "rpc/template_codec.h"

namespace rpc {
namespace {

namespace proto = adit::vardiff::v1;

using Proposals = std::unordered_map<mining::ChannelKey, bitcoin::Target>;

}  // namespace

class TargetClient::Replica {
  public:
    Replica(TargetClient& client, boost::asio::io_context& loop, base::Random& random,
            const std::string& address, std::unique_ptr<TargetLink> link)
        : client_(client),
          address_(address),
          link_(std::move(link)),
          stream_(
              loop, random, address, watch_request(client.options_.gateway_epoch),
              [this](const auto& request, auto handlers) {
                  return link_->watch(request, std::move(handlers));
              },
              {.on_begin =
                   [this] {
                       is_in_snapshot_ = true;
                       snapshot_.clear();
                   },
               .on_response = [this](const auto& response) { return on_response(response); },
               .on_end =
                   [this](const grpc::Status&) {
                       is_whole_ = false;
                       client_.sweep_soon();
                   }},
              client.options_.backoff) {}

    void start() { stream_.start(); }
    const std::string& address() const { return address_; }
    /// It streams, and its snapshot was there.
    bool is_whole() const { return is_whole_; }
    bool is_needed() const { return is_whole_ || !client_.is_another_whole(*this); }

    std::optional<bitcoin::Target> find(mining::ChannelKey channel) const {
        const auto found = proposals_.find(channel);
        if (found == proposals_.end()) return std::nullopt;
        return found->second;
    }
    void forget(mining::ChannelKey channel) {
        proposals_.erase(channel);
        snapshot_.erase(channel);
    }
    /// Another one has proposed this. Where both say the same, that stays known from both.
    void replace(const TargetProposal& proposal) {
        for (auto* const said : {&proposals_, &snapshot_})
            if (const auto found = said->find(proposal.channel);
                found != said->end() && found->second != proposal.target)
                said->erase(found);
    }

  private:
    static proto::WatchTargetsRequest watch_request(mining::Epoch epoch) {
        proto::WatchTargetsRequest request;
        request.set_gateway_epoch(epoch.value);
        return request;
    }

    bool on_response(const proto::WatchTargetsResponse& response) {
        if (response.has_snapshot_end()) {
            is_in_snapshot_ = false;
            is_whole_ = true;
            client_.sweep_soon();
            proposals_ = std::exchange(snapshot_, {});
            return true;
        }
        const mining::ChannelKey channel{response.proposal().channel_key()};
        const auto value = read_uint256(response.proposal().target());
        if (!value) {
            base::log_error("vardiff sent what is no target", {{"replica", address_}});
            return false;
        }
        const TargetProposal proposal{.channel = channel, .target = bitcoin::Target{*value}};
        keep(is_in_snapshot_ ? snapshot_ : proposals_, proposal);
        client_.on_proposal(*this, proposal);
        return true;
    }

    void keep(Proposals& in, const TargetProposal& proposal) {
        if (const auto found = in.find(proposal.channel); found != in.end())
            found->second = proposal.target;
        else if (in.size() < client_.options_.proposals_max)
            in.emplace(proposal.channel, proposal.target);
    }

    TargetClient& client_;
    std::string address_;
    std::unique_ptr<TargetLink> link_;
    Proposals proposals_{};
    Proposals snapshot_{};  // of a stream that has begun, until it is whole
    bool is_in_snapshot_ = false;
    bool is_whole_ = false;
    StreamClient<proto::WatchTargetsRequest, proto::WatchTargetsResponse> stream_;
};

TargetClient::TargetClient(boost::asio::io_context& loop, base::Random& random, Options options)
    : TargetClient(loop, random, std::move(options), grpc_target_links(loop)) {}

TargetClient::TargetClient(boost::asio::io_context& loop, base::Random& random, Options options,
                           DialTargets dial)
    : loop_(loop),
      options_(std::move(options)),
      replicas_([this, &loop, &random, dial = std::move(dial)](const std::string& address) {
          return std::make_unique<Replica>(*this, loop, random, address, dial(address));
      }) {
    set_replicas(options_.replicas);
}

TargetClient::~TargetClient() = default;

void TargetClient::set_replicas(const std::vector<std::string>& addresses) {
    replicas_.set(addresses);
}

bool TargetClient::is_another_whole(const Replica& than) const {
    bool is_one = false;
    replicas_.for_each([&](const Replica& replica) {
        if (&replica != &than && replica.is_whole()) is_one = true;
    });
    return is_one;
}

// What another replica has said of the channel is of the past, when it followed the partition. That
// the same was said before does not mean that the channel has this target: its miner may have asked
// for another one since, or another replica.
void TargetClient::on_proposal(const Replica& by, const TargetProposal& proposal) {
    replicas_.for_each([&](Replica& replica) {
        if (&replica != &by) replica.replace(proposal);
    });
    on_proposal_(proposal);
}

// A replica tells of it in a handler of its own, in which it cannot go.
void TargetClient::sweep_soon() {
    boost::asio::post(loop_, [this, alive = std::weak_ptr{is_alive_}] {
        if (!alive.expired()) replicas_.sweep();
    });
}

void TargetClient::start(OnProposal on_proposal) {
    on_proposal_ = std::move(on_proposal);
    replicas_.start();
}

std::optional<bitcoin::Target> TargetClient::find(mining::ChannelKey channel) const {
    for (const auto key : {channel, mining::ChannelKey{0}}) {
        std::optional<bitcoin::Target> found;
        replicas_.for_each([&](const Replica& replica) {
            if (!found) found = replica.find(key);
        });
        if (found) return found;
    }
    return std::nullopt;
}

void TargetClient::forget(mining::ChannelKey channel) {
    replicas_.for_each([&](Replica& replica) { replica.forget(channel); });
}

}  // namespace rpc
