#include "loadgen/sv1_style.h"

#include <algorithm>

namespace loadgen {
namespace {

using Step = Sv1Style::Step;

constexpr std::array<Sv1Style, sv1_style_count> styles{{
    {.name = "cgminer",
     .agent = "cgminer/4.11.1",
     .steps = {Step::configure, Step::subscribe, Step::authorize, Step::extranonce_subscribe},
     .step_count = 4,
     .waits = true,
     .rolls_version = true,
     .rolls_ntime = true,
     .resumes = true,
     .says_password_difficulty = true},
    {.name = "bitaxe",
     .agent = "bitaxe/BM1370/v2.6.0",
     .steps = {Step::configure, Step::subscribe, Step::authorize, Step::suggest_difficulty},
     .step_count = 4,
     .rolls_version = true},
    {.name = "nerdminer",
     .agent = "NerdMinerV2",
     .steps = {Step::subscribe, Step::authorize, Step::suggest_difficulty},
     .step_count = 3,
     .waits = true},
    {.name = "whatsminer",
     .agent = "whatsminer/v1",
     .steps = {Step::suggest_difficulty, Step::configure, Step::subscribe, Step::authorize},
     .step_count = 4,
     .rolls_version = true,
     .resumes = true},
    {.name = "bfgminer",
     .agent = "bfgminer/5.5.0",
     .steps = {Step::subscribe, Step::authorize, Step::extranonce_subscribe},
     .step_count = 3,
     .waits = true,
     .rolls_ntime = true,
     .has_string_ids = true,
     .says_password_difficulty = true},
}};

}  // namespace

const Sv1Style& sv1_style(std::size_t number) {
    return styles[number % styles.size()];
}

const Sv1Style* sv1_style_named(std::string_view name) {
    const auto* const found = std::ranges::find(styles, name, &Sv1Style::name);
    return found == styles.end() ? nullptr : found;
}

}  // namespace loadgen
