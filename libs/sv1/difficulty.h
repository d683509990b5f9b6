#pragma once

#include <string>

#include "bitcoin/target.h"

/// SV1 tells miners a difficulty, not a target: D1 / target, where D1 = 0xFFFF * 2^208.
namespace sv1 {

/// What firmware can take: some reads whole numbers only, some powers of two only. Difficulties
/// below 1 are never rounded: nothing whole is left of them.
enum class Rounding { none, whole, power_of_two };

/// A difficulty as told to a miner, and the easiest hash that the miner then takes for a share.
struct ToldDifficulty {
    double difficulty{};
    bitcoin::Target target{};
};

/// The largest difficulty of this form that is not above the target's own: a miner that is told
/// more throws away shares that count. The miner's shares therefore meet `target`, which is equal
/// to or easier than the given one, and are judged by it.
ToldDifficulty tell_difficulty(const bitcoin::Target& target, Rounding rounding);

/// The easiest target of at least this difficulty, floor(D1 / difficulty), exactly; the maximum
/// where that has more than 256 bits. The difficulty is finite and above zero.
bitcoin::Target target_of(double difficulty);

/// As a JSON number without an exponent, whole where the value is and 63 bits hold it; reads back
/// as the same double.
void append_difficulty(double difficulty, std::string& out);

}  // namespace sv1
