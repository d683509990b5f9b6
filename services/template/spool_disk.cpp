#include "template/spool_disk.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"

namespace templates {
namespace {

void write_state_or_say_so(SpoolFiles& files, const bitcoin::BlockHash& hash,
                           const BlockState& state) {
    if (const auto failure = files.write_state(hash, state))
        base::log_error("the state of a block is not on disk: a restart will submit it again",
                        {{"hash", hash.value.to_be_hex()}, {"reason", *failure}});
}

}  // namespace

SpoolDisk::~SpoolDisk() {
    background_.join();
    for (const auto& [hash, state] : states_)
        if (state) write_state_or_say_so(files_, hash, *state);
}

void SpoolDisk::store(SpooledBlock block, OnStored on_stored) {
    ++storing_;
    background_.post([this, &loop = loop_, alive = std::weak_ptr{is_alive_}, &files = files_,
                      block = std::move(block), on_stored = std::move(on_stored)] {
        auto failure = files.write_block(block);
        boost::asio::post(loop, [this, alive, on_stored, failure = std::move(failure)] {
            if (alive.expired()) return;
            --storing_;
            on_stored(failure);
        });
    });
}

void SpoolDisk::store_state(const bitcoin::BlockHash& hash, BlockState state) {
    const auto [being_written, is_first] = states_.try_emplace(hash);
    if (is_first)
        write_state(hash, std::move(state));
    else
        being_written->second = std::move(state);
}

void SpoolDisk::forget(const bitcoin::BlockHash& hash) {
    if (const auto state = states_.find(hash); state != states_.end()) state->second.reset();
    background_.post([&files = files_, hash] { files.remove(hash); });
}

void SpoolDisk::load(const bitcoin::BlockHash& hash, OnLoaded on_loaded) {
    background_.post([&loop = loop_, alive = std::weak_ptr{is_alive_}, &files = files_, hash,
                      on_loaded = std::move(on_loaded)] {
        auto block = std::make_shared<std::optional<SpooledBlock>>(files.read_block(hash));
        boost::asio::post(loop, [alive, on_loaded, block] {
            if (!alive.expired()) on_loaded(std::move(*block));
        });
    });
}

void SpoolDisk::write_state(const bitcoin::BlockHash& hash, BlockState state) {
    background_.post([this, &loop = loop_, alive = std::weak_ptr{is_alive_}, &files = files_, hash,
                      state = std::move(state)] {
        write_state_or_say_so(files, hash, state);
        boost::asio::post(loop, [this, alive, hash] {
            if (!alive.expired()) on_state_written(hash);
        });
    });
}

void SpoolDisk::on_state_written(const bitcoin::BlockHash& hash) {
    const auto written = states_.find(hash);
    if (auto next = std::exchange(written->second, std::nullopt))
        write_state(hash, *std::move(next));
    else
        states_.erase(written);
}

}  // namespace templates
