#include "translator/firmware.h"

#include <algorithm>

namespace translator {
namespace {

using sv1::Rounding;

constexpr double machine_hps = 1e14;  // an ASIC miner of a farm
constexpr double small_hps = 5e11;    // one chip on a desk

constexpr Firmware other{.agent = "", .name = "other"};

/// The first that matches counts.
constexpr Firmware known[] = {
    // A marketplace: its buyers' orders run on thousands of machines.
    {"nicehash/", "NiceHash", 524'288, Rounding::none, 1e15},
    // Truncates what stands behind the point, and then sends shares that are too easy.
    {"bitaxe", "Bitaxe", 0, Rounding::whole, small_hps},
    {"esp-miner", "Bitaxe", 0, Rounding::whole, small_hps},
    {"nerdqaxe", "NerdQAxe", 0, Rounding::whole, small_hps},
    {"nerdminer", "NerdMiner", 0, Rounding::none, 5e4},
    {"bosminer", "Braiins OS", 0, Rounding::none, machine_hps},
    {"whatsminer/", "Whatsminer", 0, Rounding::whole, machine_hps},
    {"bmminer/", "Antminer", 0, Rounding::whole, machine_hps},
    {"antminer", "Antminer", 0, Rounding::whole, machine_hps},
    {"xminer-1.", "Vnish", 0, Rounding::whole, machine_hps},
    {"powerplay-bm/", "ePIC", 0, Rounding::whole, machine_hps},
    {"avalon", "Avalon", 0, Rounding::whole, machine_hps},
    {"cgminer/", "cgminer", 0, Rounding::none, 0},
    {"bfgminer/", "BFGMiner", 0, Rounding::none, 0},
    {"cpuminer/", "cpuminer", 0, Rounding::none, 1e7},
    {"adit-miner/", "adit-miner", 0, Rounding::none, 1e7},
};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_with(std::string_view text, std::string_view beginning) {
    return text.size() >= beginning.size() &&
           std::equal(beginning.begin(), beginning.end(), text.begin(),
                      [](char wanted, char found) { return wanted == lower(found); });
}

}  // namespace

const Firmware& firmware_of(std::string_view user_agent) {
    for (const auto& firmware : known)
        if (begins_with(user_agent, firmware.agent)) return firmware;
    return other;
}

sv1::Rounding stricter(Rounding a, Rounding b) {
    if (a == Rounding::power_of_two || b == Rounding::power_of_two) return Rounding::power_of_two;
    return a == Rounding::whole ? a : b;
}

}  // namespace translator
