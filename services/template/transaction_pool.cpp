#include "template/transaction_pool.h"

#include <algorithm>

#include "bitcoin/sha256.h"

namespace templates {

SharedTransaction TransactionPool::intern(base::ByteView bytes) {
    const auto wtxid = bitcoin::sha256d(bytes);
    auto& place = pool_[wtxid];
    if (auto here = place.lock()) return here;
    auto made = std::make_shared<const PooledTransaction>(
        PooledTransaction{.wtxid = wtxid, .bytes = base::to_bytes(bytes)});
    place = made;
    if (pool_.size() >= forget_at_) forget_what_is_gone();
    return made;
}

TransactionList TransactionPool::intern(const std::vector<base::Bytes>& transactions) {
    auto list = std::make_shared<std::vector<SharedTransaction>>();
    list->reserve(transactions.size());
    for (const auto& bytes : transactions) list->push_back(intern(bytes));
    return list;
}

TransactionPool::Size TransactionPool::size() const {
    Size size;
    for (const auto& [wtxid, place] : pool_)
        if (const auto here = place.lock()) {
            ++size.transactions;
            size.bytes += here->bytes.size();
        }
    return size;
}

void TransactionPool::forget_what_is_gone() {
    std::erase_if(pool_, [](const auto& entry) { return entry.second.expired(); });
    forget_at_ = std::max<std::size_t>(1024, 2 * pool_.size());
}

}  // namespace templates
