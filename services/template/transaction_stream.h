#pragma once

#include <adit/templates/v1/templates.pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "template/template_store.h"
#include "template/transaction_pool.h"

namespace templates {

/// One end of a stream with transactions: what the other end has is not sent again. What no
/// template holds any more is forgotten on both ends. Pure state, one for each stream.
class TransactionSender {
  public:
    /// A message stays well below the 4 MiB that gRPC takes; one transaction may be as large.
    static constexpr std::size_t part_bytes_max = 1U << 20;

    /// By which the peer learns of a template's transactions, which must be there.
    std::vector<adit::templates::v1::TransactionPart> parts_of(const HeldTemplate& held);

  private:
    struct Sent {
        std::uint32_t number = 0;
        std::weak_ptr<const PooledTransaction> transaction{};
    };
    std::unordered_map<bitcoin::Uint256, Sent> sent_{};
    std::uint32_t last_number_ = 0;
};

/// The other end.
class TransactionReceiver {
  public:
    struct Complete {
        mining::TemplateRef ref{};
        TransactionList transactions{};
    };

    /// The pool outlives it.
    explicit TransactionReceiver(TransactionPool& pool) : pool_(&pool) {}

    /// A template's transactions, with their last part. Errors: the stream makes no sense and has
    /// to begin anew.
    base::Result<std::optional<Complete>, std::string_view> take(
        const adit::templates::v1::TransactionPart& part);

  private:
    TransactionPool* pool_;
    std::unordered_map<std::uint32_t, SharedTransaction> known_{};
    std::uint32_t last_number_ = 0;
    mining::TemplateRef open_{};
    std::vector<SharedTransaction> list_{};
};

}  // namespace templates
