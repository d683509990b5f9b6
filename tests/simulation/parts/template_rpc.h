#pragma once

#include <functional>
#include <memory>
#include <string>

#include "rpc/template_link.h"
#include "simulation/parts/rpc_stream.h"
#include "template/feed.h"
#include "template/stream_hub.h"
#include "template/template_desk.h"

namespace simulation {

/// Where a simulated template replica listens. A member of it behind all that it serves.
class TemplateServer final : public RpcServer {
  public:
    struct Served {
        templates::Feed& feed;
        templates::StreamHub& hub;
        templates::TemplateDesk& desk;
    };
    TemplateServer(RpcDirectory& directory, std::string address, Host host, const Life& life,
                   Served served)
        : RpcServer(directory, std::move(address), host, life), served_(served) {}
    ~TemplateServer() override { close(); }

    Served& served() { return served_; }

  private:
    Served served_;
};

/// How a simulated process reaches template replicas: rpc::TemplateClient and templates::Peers dial
/// by it.
rpc::DialTemplates dial_templates(RpcDirectory& directory, Host host, const Life& life);

}  // namespace simulation
