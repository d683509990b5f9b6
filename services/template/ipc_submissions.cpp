#include "template/ipc_submissions.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/header.h"
#include "bitcoin/transaction.h"

namespace templates {
namespace {

using Kind = SubmitAnswer::Kind;

SubmitAnswer no_answer(const kj::Exception& error) {
    return {.kind = Kind::unreachable, .reason = describe(error)};
}

// The reason is BIP 22's word, by which it is decided whether to ask again; the rest is for people.
SubmitAnswer answer_of(const IpcVerdict& verdict, const bitcoin::BlockHash& block) {
    if (!verdict.debug.empty())
        base::log_warning("what the node says of a block", {{"hash", block.value.to_be_hex()},
                                                            {"reason", verdict.reason},
                                                            {"detail", verdict.debug}});
    return read_verdict(verdict);
}

std::uint32_t height_of(base::ByteView coinbase) {
    const auto transaction = bitcoin::parse_transaction(coinbase);
    if (!transaction || transaction->inputs.empty()) return 0;
    return bitcoin::pushed_height(transaction->inputs.front().script).value_or(0);
}

}  // namespace

kj::Promise<SubmitAnswer> IpcSubmissions::submit(SolvedBlock block) {
    const auto coinbase = coinbase_of(block.bytes);
    if (!coinbase) return SubmitAnswer{.kind = Kind::rejected, .reason = coinbase.error()};
    const auto header =
        bitcoin::decode_header(base::ByteView{block.bytes}.first<bitcoin::header_size>());
    if (auto* const held = block.origin ? shelf_.find(*block.origin) : nullptr) {
        IpcClient::Solution solution{.version = header.version,
                                     .ntime = header.ntime,
                                     .nonce = header.nonce,
                                     .coinbase = base::to_bytes(*coinbase)};
        return submit_solution(*held, std::move(block), std::move(solution));
    }
    if (client_.takes_blocks()) return submit_whole(std::move(block));
    return SubmitAnswer{
        .kind = Kind::unsupported,
        .reason = fmt::format("{} takes only solutions of templates that it holds for this "
                              "connection; whole blocks it takes over RPC, or from version 32 on",
                              name(client_.dialect()))};
}

kj::Promise<SubmitAnswer> IpcSubmissions::submit_solution(IpcClient::Template& to,
                                                          SolvedBlock block,
                                                          IpcClient::Solution solution) {
    const auto height = height_of(solution.coinbase);
    auto verdict = client_.submit(to, std::move(solution));
    if (client_.takes_blocks())
        return verdict.then(
            [hash = block.hash](IpcVerdict&& said) -> kj::Promise<SubmitAnswer> {
                return answer_of(said, hash);
            },
            [this,
             block = std::move(block)](kj::Exception&& error) mutable -> kj::Promise<SubmitAnswer> {
                // The template may be what is wrong; the block has all that it takes.
                if (error.getType() != kj::Exception::Type::DISCONNECTED)
                    return submit_whole(std::move(block));
                return no_answer(error);
            });
    return verdict
        .then([this, hash = block.hash, height](IpcVerdict&& said) {
            return judge_by_tip(said.is_accepted, hash, height);
        })
        .catch_([](kj::Exception&& error) { return no_answer(error); });
}

kj::Promise<SubmitAnswer> IpcSubmissions::submit_whole(SolvedBlock block) {
    return client_.submit(std::move(block.bytes))
        .then([hash = block.hash](IpcVerdict&& said) { return answer_of(said, hash); },
              [](kj::Exception&& error) { return no_answer(error); });
}

kj::Promise<SubmitAnswer> IpcSubmissions::judge_by_tip(bool is_taken,
                                                       const bitcoin::BlockHash& block,
                                                       std::uint32_t height) {
    if (!is_taken) return read_old_verdict(false, block, height, std::nullopt, 0);
    return client_.tip(client_.solutions())
        .then([block, height](std::optional<IpcClient::Tip>&& tip) {
            if (!tip) return read_old_verdict(true, block, height, std::nullopt, 0);
            return read_old_verdict(true, block, height, tip->hash, tip->height);
        });
}

}  // namespace templates
