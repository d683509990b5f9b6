#include "aditctl/payout_source.h"

#include <adit/admin/v1/block.grpc.pb.h>

#include <chrono>
#include <optional>
#include <stdexcept>

#include "aditctl/failure.h"
#include "aditctl/shares_source.h"

namespace aditctl {
namespace {

namespace v1 = adit::admin::v1;

/// How far before a time a window is looked for: some days are enough for a pool that finds blocks.
constexpr std::chrono::hours look_back_first{24};
constexpr std::chrono::hours look_back_most{24 * 64};
constexpr int look_back_factor = 4;

std::string state_of(v1::Block::State state) {
    switch (state) {
        case v1::Block::STATE_FOUND: return "found";
        case v1::Block::STATE_ACCEPTED: return "accepted";
        case v1::Block::STATE_REJECTED: return "rejected";
        case v1::Block::STATE_GIVEN_UP: return "given_up";
        case v1::Block::STATE_IN_CHAIN: return "in_chain";
        case v1::Block::STATE_CONFIRMED: return "confirmed";
        case v1::Block::STATE_ORPHANED: return "orphaned";
        default: return "found";
    }
}

std::optional<KnownBlock> block_of(const v1::Block& block) {
    constexpr std::string_view prefix = "blocks/";
    if (!block.name().starts_with(prefix)) return std::nullopt;
    const auto hash = bitcoin::Uint256::from_be_hex(block.name().substr(prefix.size()));
    if (!hash) return std::nullopt;
    KnownBlock known;
    known.block = {bitcoin::BlockHash{*hash}, block.height(), block.value_sat(),
                   base::UnixMicros{std::chrono::seconds{block.find_time().seconds()} +
                                    std::chrono::microseconds{block.find_time().nanos() / 1'000}}};
    known.state = state_of(block.state());
    known.finder = block.user_identity();
    return known;
}

payout::ShareBook book_of(AdminChannel& admin, const TimeRange& time) {
    payout::ShareBook book;
    export_shares(admin, time, {}, [&book](const auto& row) { add_row(book, row); });
    book.finish();
    return book;
}

/// Nothing where so much is not kept.
std::optional<payout::ShareBook> book_if_kept(AdminChannel& admin, const TimeRange& time) {
    try {
        return book_of(admin, time);
    } catch (const CommandFailure&) {
        return std::nullopt;
    }
}

}  // namespace

std::vector<KnownBlock> blocks_from(AdminChannel& admin, const TimeRange& time) {
    std::vector<KnownBlock> blocks;
    v1::ListBlocksRequest request;
    request.set_page_size(500);
    do {
        const auto page = admin.call(&v1::BlockService::Stub::ListBlocks, request);
        for (const auto& block : page.blocks()) {
            const auto known = block_of(block);
            if (!known) throw std::runtime_error("a block's name cannot be read: " + block.name());
            if (known->block.found_at >= time.from && known->block.found_at < time.to)
                blocks.push_back(*known);
        }
        request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return blocks;
}

payout::ShareBook shares_from(AdminChannel& admin, const TimeRange& time,
                              const std::function<bool(const payout::ShareBook&)>& is_filled) {
    if (!is_filled) return book_of(admin, time);
    std::optional<payout::ShareBook> best;
    for (auto back = look_back_first; back <= look_back_most; back *= look_back_factor) {
        auto book = book_if_kept(admin, {time.from - back, time.to});
        if (!book) break;
        best = std::move(book);
        if (is_filled(*best)) break;
    }
    return best ? *std::move(best) : book_of(admin, time);
}

}  // namespace aditctl
