#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "mining/judge.h"
#include "sv1/difficulty.h"
#include "translator/extranonce_layout.h"

namespace translator {

/// What an operator decides about the SV1 miners' side. Each member: meaning, unit, default, key.
struct MinerSettings {
    /// Where the pool's extranonce_prefix is put: at the head of extranonce1, or at the tail of
    /// coinb1 (docs/adr/0021). Default: "coinbase1" where `identity_follows_user`, else
    /// "extranonce1". Key: `[extranonce] prefix_in`.
    PrefixIn prefix_in{PrefixIn::extranonce1};

    /// What the pool is told of a miner depends on who it authorized as. Then a channel is that
    /// account's, and a second account on the same connection is refused, because its shares would
    /// be credited to the first. No key of its own: true where some pool's `user_identity` has
    /// `{user}` or `{worker}` in it.
    bool identity_follows_user{};

    /// Bytes that a miner rolls in each coinbase, at most; what the pool grants beyond that does
    /// not change. 1 to 8, because much firmware takes no more; marketplaces want 7.
    /// Default 8 bytes. Key: `[extranonce] extranonce2_size`.
    std::size_t extranonce2_size{8};

    /// The form of the difficulties that miners are told, always towards easier: "none", "whole",
    /// "power_of_two"; below 1 nothing is rounded. Default "whole": some firmware drops what stands
    /// behind the point. Key: `[miners] rounding`.
    sv1::Rounding rounding{sv1::Rounding::whole};

    /// The version bits that miners may roll; a miner may have fewer. Default 0x1fffffe0 (BIP 323);
    /// 0x1fffe000 for a pool that still keeps BIP 320. Key: `[miners] version_mask`, as a TOML
    /// integer such as 0x1fffe000.
    std::uint32_t version_mask{mining::rollable_version_bits};

    /// How many shares a minute the pool wants of a channel: it turns a suggested difficulty into
    /// the hash rate that the pool is told. Default 6. Key: `[miners] shares_per_minute`.
    double shares_per_minute{6};

    /// The hash rate that the pool is told of a miner that suggests nothing, in hashes a second.
    /// Default 0: what the firmware usually has, and 1e12 where it is not known.
    /// Key: `[miners] nominal_hash_rate`.
    double nominal_hash_rate_hps{};

    /// The easiest difficulty that a miner may be given. Default 0: whatever the pool gives.
    /// Key: `[miners] minimum_difficulty`.
    double minimum_difficulty{};

    /// Without a job for so long, a miner gets its last one again with a later ntime: cgminer gives
    /// a pool up after 90 s of silence, cpuminer after 120 s. Default 45 s. Key:
    /// `[miners] keep_alive`.
    std::chrono::milliseconds keep_alive{45'000};

    /// How long a share's answer waits for the pool's verdict; after that, and behind a pool whose
    /// verdicts usually take longer, the share is answered as it was judged here. Default 1 s.
    /// Key: `[miners] answer_within`.
    std::chrono::milliseconds answer_within{1'000};

    /// A miner that has had no pool for so long is disconnected, so that it turns to its next one.
    /// Default 60 s. Key: `[miners] leave_after`.
    std::chrono::milliseconds leave_after{60'000};

    /// How long the channel of a miner whose connection ended is kept for it, in case it comes
    /// back with its session id. Default 30 s; 0 keeps none. Key: `[miners] resume_within`.
    std::chrono::milliseconds resume_within{30'000};
};

}  // namespace translator
