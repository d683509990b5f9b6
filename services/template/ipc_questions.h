#pragma once

#include <kj/async.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "template/ipc_client.h"
#include "template/source.h"

namespace templates {

/// What a node tells of itself and of blocks: little in the Mining interface, more by its RPC
/// methods, which it offers over the same socket from version 32 on.
class IpcQuestions {
  public:
    struct Answers {
        NodeStatus status{};
        /// Of the eleven blocks up to this tip.
        std::optional<std::pair<bitcoin::BlockHash, std::uint32_t>> median_time{};
    };

    explicit IpcQuestions(IpcClient& client) : client_(client) {}

    /// Brings up to date what was known before; it stays where it is meanwhile.
    kj::Promise<void> ask(Answers& known);
    /// Unknown where there is no RPC.
    kj::Promise<BlockStanding> find_block(const bitcoin::BlockHash& hash);

  private:
    kj::Promise<void> ask_rpc_methods(Answers& known);
    /// The result, or null.
    kj::Promise<nlohmann::json> rpc(std::string_view rpc_method, nlohmann::json params);

    IpcClient& client_;
};

}  // namespace templates
