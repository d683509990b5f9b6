#include "simulation/parts/simulated_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "template/block_state.h"

namespace simulation {
namespace {

std::string block_file(const bitcoin::BlockHash& hash) {
    return hash.value.to_be_hex() + ".block";
}
std::string state_file(const bitcoin::BlockHash& hash) {
    return hash.value.to_be_hex() + ".state";
}

std::string template_file(mining::TemplateRef ref) {
    return fmt::format("{:016x}.template", ref.value);
}

}  // namespace

void SimulatedDisk::crash() {
    for (auto& [file, content] : std::exchange(removed_, {}))
        if (chance_.happens(0.5)) files_.try_emplace(file, std::move(content));
    for (auto& [file, content] : files_)
        if (file.ends_with(".template") && !content.empty() && chance_.happens(0.5))
            content.resize(chance_.below(content.size()));
}

bool SimulatedDisk::has(mining::TemplateRef ref) const {
    const auto at = files_.find(template_file(ref));
    return at != files_.end() && templates::decode_template_file(at->second).has_value();
}

bool SimulatedDisk::write(const std::string& file, base::Bytes content) {
    if (is_full_) return false;
    files_[file] = std::move(content);
    return true;
}

templates::SpoolContents SimulatedSpool::read() {
    templates::SpoolContents contents;
    for (const auto& [file, content] : disk_.files_) {
        if (!file.ends_with(".block")) continue;
        auto block = templates::decode_block_file(content);
        if (!block) {
            ++contents.unreadable;
            continue;
        }
        templates::BlockState state;
        if (const auto at = disk_.files_.find(state_file(block->hash)); at != disk_.files_.end())
            if (auto known = templates::decode_state(base::to_string(at->second)))
                state = *std::move(known);
        contents.entries.push_back({.block = *std::move(block), .state = std::move(state)});
    }
    std::sort(contents.entries.begin(), contents.entries.end(),
              [](const auto& a, const auto& b) { return a.block.found_at < b.block.found_at; });
    return contents;
}

std::string SimulatedSpool::replica_name(base::Random& random) {
    auto& name = disk_.files_["replica"];
    if (name.empty()) name = base::to_bytes(fmt::format("{:016x}", random.next_u64()));
    return base::to_string(name);
}

std::optional<templates::SpooledBlock> SimulatedSpool::read_block(const bitcoin::BlockHash& hash) {
    const auto at = disk_.files_.find(block_file(hash));
    if (at == disk_.files_.end()) return std::nullopt;
    auto block = templates::decode_block_file(at->second);
    if (!block) return std::nullopt;
    return *std::move(block);
}

std::optional<std::string> SimulatedSpool::write_block(const templates::SpooledBlock& block) {
    return write(block_file(block.hash), templates::encode_block_file(block));
}

std::optional<std::string> SimulatedSpool::write_state(const bitcoin::BlockHash& hash,
                                                       const templates::BlockState& state) {
    return write(state_file(hash), base::to_bytes(templates::encode_state(state)));
}

std::optional<std::string> SimulatedSpool::write(const std::string& file, base::Bytes content) {
    if (is_dead_ || disk_.write(file, std::move(content))) return std::nullopt;
    return "no space left on device";
}

void SimulatedSpool::remove(const bitcoin::BlockHash& hash) {
    if (is_dead_) return;
    for (const auto& file : {block_file(hash), state_file(hash)})
        if (auto gone = disk_.files_.extract(file))
            disk_.removed_.insert_or_assign(file, std::move(gone.mapped()));
}

std::optional<std::string> SimulatedTemplates::write(mining::TemplateRef ref,
                                                     const base::Bytes& file) {
    if (is_dead_ || disk_.write(template_file(ref), file)) return std::nullopt;
    return "no space left on device";
}

base::Bytes SimulatedTemplates::read(mining::TemplateRef ref) {
    const auto at = disk_.files_.find(template_file(ref));
    return at == disk_.files_.end() ? base::Bytes{} : at->second;
}

void SimulatedTemplates::remove(mining::TemplateRef ref) {
    if (!is_dead_) disk_.files_.erase(template_file(ref));
}

void SimulatedBackground::post(std::function<void()> work) {
    work_.push_back(std::move(work));
    if (!is_busy_) next();
}

// A crash meets work before it is done or after, so what is half done need not be simulated: files
// appear whole or not at all.
void SimulatedBackground::next() {
    is_busy_ = true;
    life_.after(delay_(), [this] {
        is_busy_ = false;
        if (work_.empty()) return;
        const auto work = std::move(work_.front());
        work_.pop_front();
        work();
        if (!work_.empty() && !is_busy_) next();
    });
}

}  // namespace simulation
