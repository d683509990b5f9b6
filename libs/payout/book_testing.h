#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "payout/share_book.h"

namespace payout {

inline constexpr base::UnixMicros day_begin{std::chrono::seconds{1'764'028'800}};

struct NamedShare {
    ShareOrder order{};
    std::string identity{};
    bitcoin::Difficulty difficulty{};
    Work work{};
};

/// Shares of a day in their order, of a few miners, over two difficulties of the network.
inline std::vector<NamedShare> random_shares(base::Random& random, std::size_t count,
                                             const bitcoin::DifficultySum& network) {
    const auto below = [&](std::uint64_t bound) { return random.next_u64() % bound; };
    std::vector<NamedShare> shares;
    for (std::size_t i = 0; i < count; ++i) {
        NamedShare share;
        // Some are received in the same microsecond.
        share.order = {day_begin + std::chrono::microseconds{i / 2 * 1'000'000}, 1'000 + i, 0,
                       static_cast<std::uint32_t>(below(4)), static_cast<std::uint32_t>(i)};
        share.identity = std::string{"miner"} + std::to_string(below(7));
        share.difficulty = bitcoin::Difficulty{random.next_u64() >> below(40)};
        share.work = {
            i < count / 2 ? network : bitcoin::DifficultySum{network.low / 2 + 1, network.high},
            840'000};
        shares.push_back(share);
    }
    std::ranges::sort(shares, {}, &NamedShare::order);
    return shares;
}

inline ShareBook book_of(const std::vector<NamedShare>& shares) {
    ShareBook book;
    for (const auto& share : shares)
        book.add(share.order, share.identity, share.difficulty, share.work);
    book.finish();
    return book;
}

inline void shuffle(std::vector<NamedShare>& shares, base::Random& random) {
    for (std::size_t i = shares.size(); i > 1; --i)
        std::swap(shares[i - 1], shares[random.next_u64() % i]);
}

}  // namespace payout
