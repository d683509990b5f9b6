#pragma once

#include <span>
#include <string>

#include "mining/judge.h"
#include "validator/scene.h"

namespace validator {

/// A scene as one line of JSON, with what judge() and a BatchJudge say of each share. Hashes and
/// nodes are in the order of their bytes, targets most significant digit first.
std::string scene_json(const Scene& scene, std::span<const mining::Judged> alone,
                       std::span<const mining::Judged> in_batch);

}  // namespace validator
