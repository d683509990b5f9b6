#include <boost/asio/post.hpp>
#include <sstream>
#include <utility>

#include "ledger/keys.h"
#include "rpc/template_codec.h"
#include "template/archive.h"
#include "template/archive_answer.h"
#include "template/archive_codec.h"

namespace templates {
namespace {

auto no_answer(const Answer& answer) {
    return base::unexpected(Archive::LoadFailure{Archive::LoadError::no_answer, reason(answer)});
}

/// Of a template that Redis has not got as a whole, and a disk may have that does not answer.
Archive::OnLoaded or_silence(Archive::OnLoaded on_loaded) {
    return [on_loaded = std::move(on_loaded)](auto loaded) {
        if (loaded && *loaded && (*loaded)->transactions) return on_loaded(std::move(loaded));
        on_loaded(base::unexpected(
            Archive::LoadFailure{Archive::LoadError::no_answer, "the disk does not answer"}));
    };
}

}  // namespace

void Archive::load(mining::TemplateRef ref, OnLoaded on_loaded) {
    disk_.load(ref, [this, alive = std::weak_ptr{is_alive_}, ref,
                     on_loaded = std::move(on_loaded)](TemplateDisk::Loaded loaded) {
        if (alive.expired()) return;
        if (loaded.copy) return on_loaded(std::optional{held(*std::move(loaded.copy))});
        load_from_redis(ref, loaded.is_silent ? or_silence(on_loaded) : on_loaded);
    });
}

void Archive::load_copy(mining::TemplateRef ref, OnCopy on_copy) {
    disk_.load(ref, [this, alive = std::weak_ptr{is_alive_},
                     on_copy = std::move(on_copy)](TemplateDisk::Loaded loaded) {
        if (alive.expired()) return;
        if (!loaded.copy) return on_copy(std::nullopt);
        on_copy(held(*std::move(loaded.copy)));
    });
}

HeldTemplate Archive::held(TemplateCopy copy) {
    return {.block_template = std::move(copy.block_template),
            .transactions = store_.pool().intern(copy.transactions),
            .origin = std::nullopt};
}

void Archive::load_from_redis(mining::TemplateRef ref, OnLoaded on_loaded) {
    redis_.command(
        {"HMGET", ledger::keys::template_record(ref), "template", "transactions", "packs"},
        [this, alive = std::weak_ptr{is_alive_}, ref,
         on_loaded = std::move(on_loaded)](const Answer& answer) {
            if (alive.expired()) return;
            if (is_error(answer)) return on_loaded(no_answer(answer));
            on_record(ref, *answer, on_loaded);
        });
}

void Archive::on_record(mining::TemplateRef ref, const redis::Reply& reply, OnLoaded on_loaded) {
    if (reply.string_at(0).empty()) return on_loaded(std::optional<HeldTemplate>{});
    auto block_template = rpc::parse_template(std::string{reply.string_at(0)});
    if (!block_template || block_template->ref != ref)
        return on_loaded(
            base::unexpected(LoadFailure{LoadError::damaged, "the record is of no such template"}));
    HeldTemplate held{.block_template = std::move(*block_template),
                      .transactions = nullptr,
                      .origin = std::nullopt};
    if (reply.string_at(1).empty()) return on_loaded(std::optional{std::move(held)});
    redis::Args command{"MGET"};
    std::istringstream words{std::string{reply.string_at(2)}};
    for (std::string pack; words >> pack;) command.push_back(pack);
    auto places = std::string{reply.string_at(1)};
    if (command.size() == 1) return decode(std::move(held), {}, places, std::move(on_loaded));
    redis_.command(
        command, [this, alive = std::weak_ptr{is_alive_}, held, places, count = command.size() - 1,
                  on_loaded = std::move(on_loaded)](const Answer& answer) {
            if (alive.expired()) return;
            if (is_error(answer)) return on_loaded(no_answer(answer));
            std::vector<std::string> packs;
            for (std::size_t i = 0; i < count; ++i) packs.emplace_back(answer->string_at(i));
            decode(held, std::move(packs), places, on_loaded);
        });
}

void Archive::decode(HeldTemplate held, std::vector<std::string> packs, std::string places,
                     OnLoaded on_loaded) {
    compressor_.post([this, &loop = loop_, alive = std::weak_ptr{is_alive_}, held = std::move(held),
                      packs = std::move(packs), places = std::move(places),
                      on_loaded = std::move(on_loaded)]() mutable {
        auto transactions = read_archived(packs, places);
        boost::asio::post(
            loop, [this, alive, held = std::move(held), transactions = std::move(transactions),
                   on_loaded = std::move(on_loaded)]() mutable {
                if (alive.expired()) return;
                // Its template alone is worth having: others may bring the transactions.
                if (transactions) held.transactions = store_.pool().intern(*transactions);
                on_loaded(std::optional{std::move(held)});
            });
    });
}

}  // namespace templates
