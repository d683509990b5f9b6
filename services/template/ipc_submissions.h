#pragma once

#include <kj/async.h>

#include "template/ipc_client.h"
#include "template/ipc_tips.h"
#include "template/source.h"

namespace templates {

/// Gets solved blocks into a node: as the solution of its own template where that is still held,
/// else as a whole block where the node takes these.
class IpcSubmissions {
  public:
    using Shelf = IpcShelf<IpcClient::Template>;

    IpcSubmissions(IpcClient& client, Shelf& shelf) : client_(client), shelf_(shelf) {}

    /// Does not fail: that is an answer too.
    kj::Promise<SubmitAnswer> submit(SolvedBlock block);

  private:
    kj::Promise<SubmitAnswer> submit_solution(IpcClient::Template& to, SolvedBlock block,
                                              IpcClient::Solution solution);
    kj::Promise<SubmitAnswer> submit_whole(SolvedBlock block);
    kj::Promise<SubmitAnswer> judge_by_tip(bool is_taken, const bitcoin::BlockHash& block,
                                           std::uint32_t height);

    IpcClient& client_;
    Shelf& shelf_;
};

}  // namespace templates
