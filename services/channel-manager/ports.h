#pragma once

#include <cstddef>
#include <functional>

#include "bus/batch.h"
#include "channel-manager/judgement.h"
#include "ledger/ledger.h"

/// What a worker needs of the world, besides templates: the process has the real ones, tests
/// others. A callback may run inside the call that takes it.
namespace channel_manager {

enum class SolutionOutcome {
    stored,               ///< a replica has the whole block on its disk
    unavailable,          ///< no replica answered: try again
    unknown_template,     ///< no replica holds the template; one that starts may
    incomplete_template,  ///< a replica holds it, and no replica its transactions; they may come
    not_a_block,          ///< refused by a replica that holds the template
};

/// The way of a block to every template replica at once.
class Solutions {
  public:
    virtual ~Solutions() = default;
    virtual void submit(const FoundBlock& block, std::function<void(SolutionOutcome)> done) = 0;

  protected:
    Solutions() = default;
    Solutions(const Solutions&) = default;
    Solutions& operator=(const Solutions&) = default;
};

class Commits {
  public:
    virtual ~Commits() = default;
    virtual void commit(const ledger::Commit& commit, ledger::Ledger::Callback done) = 0;

  protected:
    Commits() = default;
    Commits(const Commits&) = default;
    Commits& operator=(const Commits&) = default;
};

class Gateways {
  public:
    virtual ~Gateways() = default;
    virtual void send(std::size_t gateway, const bus::ToGateway& message) = 0;

  protected:
    Gateways() = default;
    Gateways(const Gateways&) = default;
    Gateways& operator=(const Gateways&) = default;
};

}  // namespace channel_manager
