#pragma once

#include <vector>

#include "mining/judge.h"
#include "validator/dice.h"

namespace validator {

/// One job and some shares that name it.
struct Scene {
    mining::BlockTemplate block_template{};
    mining::PayoutOutputs outputs{};
    mining::JobRecord record{};
    std::vector<mining::SubmittedShare> shares{};
};

/// Valid and invalid alike: every defect that the judgement knows and their combinations, each
/// bound from both sides, and targets beside the hashes of the shares.
Scene random_scene(Dice& dice);

}  // namespace validator
