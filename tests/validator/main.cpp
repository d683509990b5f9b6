#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitcoin/sha256_kernels.h"
#include "mining/batch_judge.h"
#include "validator/scene_json.h"

// share-records SEED CHUNK SHARES: that many random shares as records, one job a line, each share
// with our verdicts. The same numbers give the same shares.
// share-records kernels: the names of what this CPU can hash with, for ADIT_SHA256.

namespace {

using namespace validator;

/// As many scenes as a worker has jobs in a batch.
constexpr std::size_t batch_scenes = 64;

void judge_and_write(const std::vector<Scene>& scenes, mining::BatchJudge& batch_judge) {
    std::vector<std::optional<mining::JobCoinbase>> coinbases;
    coinbases.reserve(scenes.size());
    std::vector<mining::ShareToJudge> items;
    for (const auto& scene : scenes) {
        auto derived =
            mining::derive_job_coinbase(scene.block_template, scene.outputs, scene.record.variant,
                                        scene.record.full_extranonce_size());
        coinbases.push_back(derived ? std::optional{*std::move(derived)} : std::nullopt);
        const auto* coinbase = coinbases.back() ? &*coinbases.back() : nullptr;
        for (const auto& share : scene.shares)
            items.push_back({&share, &scene.record, &scene.block_template, coinbase});
    }
    std::vector<mining::Judged> in_batch(items.size());
    batch_judge.judge(items, in_batch);
    std::span<const mining::Judged> left{in_batch};
    for (const auto& scene : scenes) {
        std::vector<mining::Judged> alone;
        for (const auto& share : scene.shares)
            alone.push_back(
                mining::judge(share, scene.record, scene.block_template, scene.outputs));
        std::puts(scene_json(scene, alone, left.first(alone.size())).c_str());
        left = left.subspan(alone.size());
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view{argv[1]} == "kernels") {
        for (const auto& kernel : bitcoin::sha256_kernels())
            std::puts(std::string{kernel.name}.c_str());
        return EXIT_SUCCESS;
    }
    if (argc != 4) {
        static_cast<void>(
            std::fprintf(stderr, "usage: share-records SEED CHUNK SHARES | kernels\n"));
        return EXIT_FAILURE;
    }
    const auto number = [&](int at) { return std::strtoull(argv[at], nullptr, 10); };
    std::seed_seq mixed{number(1) & 0xffffffff, number(1) >> 32, number(2) & 0xffffffff};
    std::uint64_t seed{};
    std::uint32_t halves[2]{};
    mixed.generate(std::begin(halves), std::end(halves));
    seed = std::uint64_t{halves[0]} << 32 | halves[1];
    Dice dice{seed};
    const auto shares = number(3);
    mining::BatchJudge batch_judge;  // as a worker has it: one for all batches
    std::vector<Scene> scenes;
    for (std::uint64_t made = 0; made < shares;) {
        auto& scene = scenes.emplace_back(random_scene(dice));
        if (scene.shares.size() > shares - made) scene.shares.resize(shares - made);
        made += scene.shares.size();
        if (scenes.size() == batch_scenes || made == shares) {
            judge_and_write(scenes, batch_judge);
            scenes.clear();
        }
    }
    return EXIT_SUCCESS;
}
