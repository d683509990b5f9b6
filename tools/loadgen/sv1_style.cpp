#include "loadgen/sv1_style.h"

namespace loadgen {
namespace {

using Step = Sv1Style::Step;

constexpr std::array<Sv1Style, sv1_style_count> styles{{
    {.agent = "cgminer/4.11.1",
     .steps = {Step::configure, Step::subscribe, Step::authorize, Step::extranonce_subscribe},
     .step_count = 4,
     .waits = true,
     .rolls_version = true,
     .rolls_ntime = true,
     .resumes = true,
     .says_password_difficulty = true},
    {.agent = "bitaxe/BM1370/v2.6.0",
     .steps = {Step::configure, Step::subscribe, Step::authorize, Step::suggest_difficulty},
     .step_count = 4,
     .rolls_version = true},
    {.agent = "NerdMinerV2",
     .steps = {Step::subscribe, Step::authorize, Step::suggest_difficulty},
     .step_count = 3,
     .waits = true},
    {.agent = "whatsminer/v1",
     .steps = {Step::suggest_difficulty, Step::configure, Step::subscribe, Step::authorize},
     .step_count = 4,
     .rolls_version = true,
     .resumes = true},
    {.agent = "bfgminer/5.5.0",
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

}  // namespace loadgen
