#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "bitcoin/uint256.h"
#include "template/candidate.h"

namespace templates {

/// A transaction as templates share it.
struct PooledTransaction {
    bitcoin::Uint256 wtxid{};
    base::Bytes bytes{};  ///< with its witness
};
using SharedTransaction = std::shared_ptr<const PooledTransaction>;
/// Those of one template, in block order, without the coinbase.
using TransactionList = std::shared_ptr<const std::vector<SharedTransaction>>;

/// Holds each transaction once, however many templates have it: one template differs from the next
/// by a few of thousands. What no template holds any more is gone. Pure state.
class TransactionPool {
  public:
    SharedTransaction intern(base::ByteView bytes);
    TransactionList intern(const std::vector<base::Bytes>& transactions);

    /// Of all that is held, in memory that is counted here alone.
    struct Size {
        std::size_t transactions = 0;
        std::size_t bytes = 0;
    };
    Size size() const;

  private:
    void forget_what_is_gone();

    std::unordered_map<bitcoin::Uint256, std::weak_ptr<const PooledTransaction>> pool_{};
    std::size_t forget_at_ = 1024;
};

}  // namespace templates
