#pragma once

#include <capnp/capability.h>
#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <kj/async.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "bitcoin/uint256.h"
#include "template/ipc_dialect.h"
#include "template/ipc_lane.h"
#include "template/ipc_template.h"

namespace templates {

/// The node's own words in an error, without what the layers between put before them.
std::string describe(const kj::Exception& error);

/// Bitcoin Core's Mining interface at the other end of a stream, as promises of our own types. Owns
/// the stream. Promises fail with kj::Exception: DISCONNECTED when the node is gone, UNIMPLEMENTED
/// when it has no such method, FAILED with its words. Destroying the client breaks what is pending;
/// the promises must be dropped before.
class IpcClient {
  public:
    using Template = capnp::Capability::Client;
    struct Options {
        std::uint64_t reserved_weight{};
        std::uint64_t reserved_sigops{};
    };
    struct Tip {
        bitcoin::BlockHash hash{};
        std::uint32_t height{};
    };
    struct Solution {
        std::uint32_t version{};
        std::uint32_t ntime{};
        std::uint32_t nonce{};
        base::Bytes coinbase{};
    };

    IpcClient(const base::Clock& clock, kj::Own<kj::AsyncIoStream> stream, Options options);

    /// Finds out what the node speaks; before anything else. Resolves when the node has loaded its
    /// chain, which may take minutes. Errors: FAILED when it speaks nothing that we know.
    kj::Promise<void> greet();
    /// Resolves when the node is gone.
    kj::Promise<void> when_disconnected() { return client_.onDisconnect(); }

    // All below after greet().

    MiningDialect dialect() const { return dialect_; }
    bool has_rpc() const { return rpc_.has_value(); }
    bool takes_blocks() const { return dialect_ == MiningDialect::core_32; }

    /// The lanes, by what runs in them: waiting for a tip, what must be quick at a new tip, what
    /// may take long, solutions, and what operators want to know.
    IpcLane& tips() { return *tips_; }
    IpcLane& urgent() { return *urgent_; }
    IpcLane& work() { return *work_; }
    IpcLane& solutions() { return *solutions_; }
    IpcLane& questions() { return *questions_; }
    const IpcLane& tips() const { return *tips_; }
    const IpcLane& urgent() const { return *urgent_; }
    const IpcLane& work() const { return *work_; }
    const IpcLane& solutions() const { return *solutions_; }
    const IpcLane& questions() const { return *questions_; }

    kj::Promise<bool> is_test_chain();
    kj::Promise<bool> is_initial_download();
    kj::Promise<std::optional<Tip>> tip(IpcLane& lane);
    /// The tip as soon as it is another than this one, or after the timeout whatever it is. Nothing
    /// when the node stops.
    kj::Promise<std::optional<Tip>> wait_tip(const bitcoin::BlockHash& than,
                                             std::chrono::milliseconds timeout);
    /// Without the mempool it is an empty block. Nothing when the node stops.
    kj::Promise<std::optional<Template>> create(IpcLane& lane, bool use_mempool);
    /// A better one now, if its fees are higher by so much, or if the tip is another.
    kj::Promise<std::optional<Template>> better_than(Template& known, std::uint64_t fee_sat);
    kj::Promise<IpcTemplate> read(IpcLane& lane, Template& from);
    kj::Promise<base::Bytes> block(Template& of);
    /// The node frees what belongs to it; not while a solution of it is being judged.
    kj::Promise<void> destroy(Template& what);
    /// Of one of the node's own templates.
    kj::Promise<IpcVerdict> submit(Template& to, Solution solution);
    /// Only where takes_blocks().
    kj::Promise<IpcVerdict> submit(base::Bytes block);
    /// Only where has_rpc(): the answer to a JSON-RPC request.
    kj::Promise<std::string> execute_rpc(std::string request);

  private:
    kj::Promise<capnp::Capability::Client> make_thread(const char* name);
    kj::Promise<void> make_lanes();
    kj::Promise<void> make_mining();
    kj::Promise<void> make_mining_30(kj::Exception&& why_not_later);
    kj::Promise<void> find_what_is_new();
    kj::Promise<IpcCoinbase> read_coinbase(IpcLane& lane, Template& from);
    kj::Promise<std::vector<base::Bytes>> read_merkle_path(IpcLane& lane, Template& from);

    const base::Clock& clock_;
    Options options_;
    kj::Own<kj::AsyncIoStream> stream_;
    capnp::TwoPartyClient client_;
    capnp::Capability::Client init_;
    capnp::Capability::Client thread_map_ = nullptr;
    capnp::Capability::Client mining_ = nullptr;
    std::optional<capnp::Capability::Client> rpc_{};
    MiningDialect dialect_ = MiningDialect::core_31;
    std::optional<IpcLane> tips_{};
    std::optional<IpcLane> urgent_{};
    std::optional<IpcLane> work_{};
    std::optional<IpcLane> solutions_{};
    std::optional<IpcLane> questions_{};
};

}  // namespace templates
