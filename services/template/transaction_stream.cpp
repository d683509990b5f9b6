#include "template/transaction_stream.h"

#include <utility>

#include "base/bytes.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;

// A block of 4 million weight units has fewer than 2^17 transactions.
constexpr std::size_t transactions_max = 1U << 17;

}  // namespace

std::vector<proto::TransactionPart> TransactionSender::parts_of(const HeldTemplate& held) {
    std::vector<proto::TransactionPart> parts(1);
    std::erase_if(sent_, [&](const auto& entry) {
        if (!entry.second.transaction.expired()) return false;
        parts.front().add_forgotten(entry.second.number);
        return true;
    });
    std::size_t bytes = 0;
    for (const auto& transaction : *held.transactions) {
        const auto [at, is_new] = sent_.try_emplace(transaction->wtxid);
        if (is_new) {
            at->second = {.number = ++last_number_, .transaction = transaction};
            if (bytes > 0 && bytes + transaction->bytes.size() > part_bytes_max) {
                parts.emplace_back();
                bytes = 0;
            }
            bytes += transaction->bytes.size();
            parts.back().add_added(base::to_string(transaction->bytes));
        }
        parts.back().add_numbers(at->second.number);
    }
    for (auto& part : parts) part.set_ref(held.block_template.ref.value);
    parts.back().set_is_last(true);
    return parts;
}

base::Result<std::optional<TransactionReceiver::Complete>, std::string_view>
TransactionReceiver::take(const proto::TransactionPart& part) {
    const auto wrong = [](std::string_view what) { return base::unexpected(what); };
    const mining::TemplateRef ref{part.ref()};
    if (ref != open_) {
        if (open_ != mining::TemplateRef{}) return wrong("a template's transactions have no end");
        open_ = ref;
    }
    for (const auto number : part.forgotten()) known_.erase(number);
    for (const auto& bytes : part.added())
        known_.emplace(++last_number_, pool_->intern(base::as_bytes(bytes)));
    for (const auto number : part.numbers()) {
        const auto found = known_.find(number);
        if (found == known_.end()) return wrong("a transaction that was never sent");
        list_.push_back(found->second);
    }
    if (list_.size() > transactions_max) return wrong("more transactions than a block can have");
    if (!part.is_last()) return std::nullopt;
    open_ = {};
    return Complete{.ref = ref,
                    .transactions = std::make_shared<const std::vector<SharedTransaction>>(
                        std::exchange(list_, {}))};
}

}  // namespace templates
