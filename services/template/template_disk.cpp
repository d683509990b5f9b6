#include "template/template_disk.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"

namespace templates {

void TemplateDisk::keep(const HeldTemplate& held) {
    const auto ref = held.block_template.ref;
    if (!held.transactions || !kept_.insert(ref).second) return;
    if (kept_.size() > kept_max) forget(*kept_.begin());
    background_.post([this, &loop = loop_, alive = std::weak_ptr{is_alive_}, &files = files_, ref,
                      block_template = held.block_template, transactions = held.transactions] {
        auto failure = files.write(ref, encode_template_file(block_template, *transactions));
        boost::asio::post(loop, [this, alive, failure = std::move(failure)] {
            if (!alive.expired()) note(failure);
        });
    });
}

/// Blocks that are found are kept by the spool, on the same disk, and have their own alarm.
void TemplateDisk::note(const std::optional<std::string>& failure) {
    if (!failure) {
        is_warned_ = false;
    } else if (!std::exchange(is_warned_, true)) {
        base::log_warning(
            "a template that Redis has not confirmed is not on disk either: if Redis loses it and "
            "every replica is killed, a block found for it is lost",
            {{"reason", *failure}});
    }
}

void TemplateDisk::forget(mining::TemplateRef ref) {
    if (kept_.erase(ref) != 0) background_.post([&files = files_, ref] { files.remove(ref); });
}

void TemplateDisk::retain(const std::function<bool(mining::TemplateRef)>& is_wanted,
                          std::chrono::milliseconds age) {
    const auto kept = kept_;
    for (const auto ref : kept)
        if (!is_wanted(ref)) forget(ref);
    background_.post([&files = files_, age] { files.remove_older_than(age); });
}

void TemplateDisk::load(mining::TemplateRef ref, OnLoaded on_loaded) {
    const auto number = ++last_load_;
    auto& patience = loads_
                         .emplace(number, Load{std::move(on_loaded),
                                               boost::asio::steady_timer{loop_, load_wait_max}})
                         .first->second.patience;
    patience.async_wait([this, alive = std::weak_ptr{is_alive_}, number](const auto& error) {
        if (!error && !alive.expired()) answer(number, {.is_silent = true});
    });
    background_.post(
        [this, &loop = loop_, alive = std::weak_ptr{is_alive_}, &files = files_, ref, number] {
            auto copy = decode_template_file(files.read(ref));
            if (copy && copy->block_template.ref != ref) copy.reset();
            boost::asio::post(loop, [this, alive, number, copy = std::move(copy)]() mutable {
                if (!alive.expired()) answer(number, {.copy = std::move(copy)});
            });
        });
}

/// The first answer counts.
void TemplateDisk::answer(std::uint64_t load, Loaded loaded) {
    const auto done = loads_.extract(load);
    if (done) done.mapped().on_loaded(std::move(loaded));
}

}  // namespace templates
