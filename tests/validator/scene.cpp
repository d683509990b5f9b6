#include "validator/scene.h"

#include <algorithm>

#include "bitcoin/arith256.h"

namespace validator {
namespace {

using mining::Extranonce;

constexpr std::uint32_t usual_time = 1'745'611'105;

bitcoin::Target random_target(Dice& dice) {
    const auto bits = dice.between(1, 256);
    return {(bitcoin::Arith256{dice.uint256()} >> (256 - bits)).to_uint256()};
}

/// At the hash, one beside it, or anywhere.
bitcoin::Target target_near(Dice& dice, const bitcoin::BlockHash& hash) {
    using bitcoin::Arith256;
    const Arith256 at{hash.value};
    switch (dice.below(8)) {
        case 0: return {hash.value};
        case 1: return {(at - Arith256{1}).to_uint256()};
        case 2: return {(at + Arith256{1}).to_uint256()};
        case 3: return {};
        case 4: return random_target(dice);
        default: return bitcoin::target_max();
    }
}

mining::BlockTemplate random_template(Dice& dice) {
    mining::BlockTemplate drawn{
        .ref = *mining::TemplateRef::of(mining::Epoch{dice.below(mining::epoch_max)},
                                        static_cast<std::uint32_t>(dice.below(1 << 24))),
        .tip = {.prev_hash = {dice.uint256()},
                .nbits = dice.u32(),
                .min_ntime = usual_time + static_cast<std::uint32_t>(dice.below(600)),
                .network_target = bitcoin::target_max(),
                .height = dice.u32()},
        .version = dice.one_in(4) ? dice.u32() : 0x20000000,
        .coinbase_tx_version = dice.one_in(4) ? dice.u32() : 2,
        .coinbase_prefix = dice.bytes(dice.between(2, dice.one_in(8) ? 12 : 8)),
        .coinbase_tx_input_sequence = dice.u32(),
        .coinbase_tx_value_remaining =
            dice.one_of<std::uint64_t>({0, 1, 9'999, 312'500'001, dice.u64()}),
        .coinbase_tx_locktime = dice.u32(),
        .segwit = dice.one_in(2),
    };
    drawn.coinbase_tx_outputs_count = static_cast<std::uint32_t>(dice.below(4));
    for (std::uint32_t i = 0; i < drawn.coinbase_tx_outputs_count; ++i)
        bitcoin::append_output(drawn.coinbase_tx_outputs, {0, dice.bytes(dice.below(50))});
    const auto nodes = dice.below(13);
    for (std::uint64_t i = 0; i < nodes; ++i) drawn.merkle_path.push_back(dice.uint256());
    return drawn;
}

mining::PayoutOutputs random_outputs(Dice& dice) {
    mining::PayoutOutputs drawn;
    // Now and then so many that their count and their scripts need more than one byte of length.
    const bool many = dice.one_in(200);
    const auto count = many ? dice.between(252, 254) : dice.between(dice.one_in(30) ? 0 : 1, 4);
    std::uint32_t left = mining::basis_points_whole;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto points =
            many ? 1 : static_cast<std::uint32_t>(dice.one_in(3) ? left : dice.below(left + 1));
        left -= points;
        drawn.outputs.push_back({dice.bytes(dice.one_in(20) ? 253 : dice.below(40)), points});
    }
    if (!drawn.outputs.empty() && dice.one_in(30)) drawn.outputs.back().basis_points += left + 1;
    drawn.pool_tag = dice.bytes(dice.one_of<std::size_t>({0, 1, 6, 20, 47, 48, 48}));
    if (dice.one_in(30)) drawn.pool_tag = dice.bytes(49);
    return drawn;
}

mining::JobRecord random_record(Dice& dice, const Scene& scene) {
    const bool standard = dice.one_in(3);
    const auto rolled = standard ? 0 : dice.between(1, 24);
    auto prefix = dice.between(1, 32 - rolled);
    if (dice.one_in(8)) prefix = 32 - rolled;                 // exactly full
    if (dice.one_in(30) && rolled > 0) prefix = 33 - rolled;  // one too many
    return {
        .channel = *mining::ChannelKey::of(mining::Epoch{dice.below(mining::epoch_max)}, 1),
        .kind = standard ? mining::ChannelKind::standard : mining::ChannelKind::extended,
        .job_id = dice.u32(),
        .template_ref = scene.block_template.ref,
        .variant = mining::Variant{static_cast<std::uint16_t>(dice.u32())},
        .outputs_id = mining::outputs_id(scene.outputs),
        .extranonce_size = static_cast<std::uint8_t>(rolled),
        .extranonce_prefix = *Extranonce::from(dice.bytes(prefix)),
        .target = bitcoin::target_max(),
        .version_rolling_allowed = !dice.one_in(3),
    };
}

std::uint32_t random_ntime(Dice& dice, std::uint32_t min_ntime, std::uint32_t received) {
    if (!dice.one_in(3))
        return static_cast<std::uint32_t>(
            dice.between(min_ntime, std::max<std::uint64_t>(min_ntime, received)));
    const auto limit = received + mining::ntime_ahead_max;  // may go round, as a miner's may
    return dice.one_of<std::uint32_t>({min_ntime - 1, min_ntime, min_ntime + 1, limit - 1, limit,
                                       limit + 1, 0, 0xffffffff, dice.u32()});
}

std::uint32_t random_version(Dice& dice, std::uint32_t of_job) {
    switch (dice.below(6)) {
        case 0: return of_job ^ (std::uint32_t{1} << dice.below(32));
        case 1: return dice.u32();
        case 2: return of_job;
        default: return of_job ^ (dice.u32() & mining::rollable_version_bits);
    }
}

mining::SubmittedShare random_share(Dice& dice, const Scene& scene, std::uint32_t received) {
    const auto& record = scene.record;
    std::size_t size = record.extranonce_size;
    if (dice.one_in(8))
        size = dice.one_of<std::size_t>({0, size + 1, size == 0 ? 1 : size - 1, 32});
    using enum mining::JobState;
    return {
        .sequence_number = dice.u32(),
        .nonce = dice.u32(),
        .ntime = random_ntime(dice, scene.block_template.tip.min_ntime, received),
        .version = record.version_rolling_allowed || dice.one_in(4)
                       ? random_version(dice, scene.block_template.version)
                       : scene.block_template.version,
        .extranonce = *Extranonce::from(dice.bytes(std::min<std::size_t>(size, 32))),
        .state = dice.one_of(
            {active, active, active, active, active, active, past, past, stale, closed}),
        .received_at = base::UnixMicros{std::chrono::seconds{received}} +
                       std::chrono::microseconds{
                           dice.one_of<std::uint64_t>({0, 1, 999'999, dice.below(1'000'000)})},
    };
}

/// A second at which the shares come: near the tip's, or where 32 bits end.
std::uint32_t random_receipt(Dice& dice, mining::ChainTip& tip) {
    if (dice.one_in(20)) {
        tip.min_ntime = dice.one_of<std::uint32_t>({0, 1, 0xffffffff, 0xffffffff - 7200});
        return dice.one_of<std::uint32_t>(
            {0xffffffff, 0xffffffff - 7199, 0xffffffff - 7200, 0xffffffff - 7201, 0});
    }
    return tip.min_ntime - 10 + static_cast<std::uint32_t>(dice.below(3'000));
}

}  // namespace

Scene random_scene(Dice& dice) {
    Scene scene{.block_template = random_template(dice), .outputs = random_outputs(dice)};
    scene.record = random_record(dice, scene);
    const auto received = random_receipt(dice, scene.block_template.tip);
    const auto count = dice.between(1, 6);
    for (std::uint64_t i = 0; i < count; ++i)
        scene.shares.push_back(random_share(dice, scene, received));
    const auto& chosen = scene.shares[dice.below(count)];
    const auto hash = mining::judge(chosen, scene.record, scene.block_template, scene.outputs).hash;
    scene.record.target = target_near(dice, hash);
    scene.block_template.tip.network_target = target_near(dice, hash);
    return scene;
}

}  // namespace validator
