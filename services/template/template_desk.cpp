#include "template/template_desk.h"

#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "bitcoin/header.h"
#include "rpc/template_codec.h"
#include "template/block_builder.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;

// What a channel may be opened with (Sv2 5.3.2, STR0_255).
constexpr std::size_t user_identity_size_max = 255;

proto::SubmitSolutionResponse stored(const bitcoin::BlockHash& hash, bool already_known) {
    proto::SubmitSolutionResponse response;
    response.set_block_hash(rpc::write_uint256(hash.value));
    response.set_already_known(already_known);
    return response;
}

proto::GetTemplateResponse to_proto(const HeldTemplate& held, bool with_transactions) {
    proto::GetTemplateResponse response;
    *response.mutable_block_template() = rpc::to_proto(held.block_template);
    if (with_transactions)
        for (const auto& transaction : *held.transactions)
            response.add_transactions(base::to_string(transaction->bytes));
    return response;
}

grpc::Status unknown_template() {
    return {grpc::StatusCode::NOT_FOUND, "this replica holds no such template"};
}

grpc::Status no_transactions() {
    return {grpc::StatusCode::FAILED_PRECONDITION,
            "this replica has not got the template's transactions yet"};
}

grpc::Status may_be_had_later() {
    return {grpc::StatusCode::UNAVAILABLE,
            "Redis or the disk does not answer, which may have the template or its transactions"};
}

auto refused(grpc::Status status) {
    return base::unexpected(std::move(status));
}

}  // namespace

void TemplateDesk::get(const proto::GetTemplateRequest& request, const OnGot& on_got) {
    const mining::TemplateRef ref{request.ref()};
    const bool with_transactions = request.with_transactions();
    if (const auto* const held = feed_.store().find(ref); held != nullptr && !with_transactions)
        return on_got(to_proto(*held, false));
    feed_.fetch_here(ref, [with_transactions, on_got](const Feed::Fetched& fetched) {
        if (fetched.held == nullptr) return on_got(refused(unknown_template()));
        if (with_transactions && !fetched.held->transactions)
            return on_got(refused(no_transactions()));
        on_got(to_proto(*fetched.held, with_transactions));
    });
}

void TemplateDesk::submit(const proto::SubmitSolutionRequest& request, OnSubmitted on_submitted) {
    const auto header = base::as_bytes(request.header());
    if (header.size() != bitcoin::header_size)
        return on_submitted(
            refused({grpc::StatusCode::INVALID_ARGUMENT, "the header does not have 80 bytes"}));
    // What is on disk, or with a node, is known whether or not its template is still held.
    const mining::TemplateRef ref{request.template_ref()};
    const auto hash = bitcoin::header_hash(header.first<bitcoin::header_size>());
    const auto* const known = spool_.solutions().find(hash);
    const bool has_node = known && known->state.kind == BlockState::Kind::accepted;
    if (known && (known->is_on_disk || (has_node && feed_.store().find(ref) == nullptr)))
        return on_submitted(stored(hash, true));
    feed_.fetch(ref, [this, request, on_submitted = std::move(on_submitted)](
                         const Feed::Fetched& fetched) { build(request, fetched, on_submitted); });
}

void TemplateDesk::build(const proto::SubmitSolutionRequest& request, const Feed::Fetched& fetched,
                         const OnSubmitted& on_submitted) {
    const auto* const held = fetched.held;
    const bool is_whole = held != nullptr && held->transactions;
    if (!is_whole && fetched.may_be_had_later) return on_submitted(refused(may_be_had_later()));
    if (held == nullptr) return on_submitted(refused(unknown_template()));
    if (!held->transactions) return on_submitted(refused(no_transactions()));
    const auto header = base::as_bytes(request.header());
    const auto hash = bitcoin::header_hash(header.first<bitcoin::header_size>());
    const auto ref = held->block_template.ref;
    auto built = build_block(to_candidate(*held), header, base::as_bytes(request.coinbase_tx()));
    if (!built) {
        base::log_warning("a solution is no block", {{"template", ref.value},
                                                     {"channel", request.channel_key()},
                                                     {"reason", built.error()}});
        return on_submitted(
            refused({grpc::StatusCode::INVALID_ARGUMENT, std::string{built.error()}}));
    }
    spool_.take({.hash = hash,
                 .height = held->block_template.tip.height,
                 .template_ref = ref,
                 .channel = mining::ChannelKey{request.channel_key()},
                 .found_at = clock_.unix_now(),
                 .value_sat = built->value_sat,
                 .user_identity = request.user_identity().substr(0, user_identity_size_max),
                 .bytes = std::move(built->bytes)},
                held->origin, [on_submitted, hash](const auto& result) {
                    if (result)
                        on_submitted(stored(hash, result->already_known));
                    else
                        on_submitted(refused({grpc::StatusCode::UNAVAILABLE, result.error()}));
                });
}

}  // namespace templates
