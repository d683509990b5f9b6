#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace loadgen {

/// How a firmware greets its pool, after what is known of it: which requests, in which order, and
/// whether it waits for the answers.
struct Sv1Style {
    enum class Step { configure, subscribe, authorize, extranonce_subscribe, suggest_difficulty };
    std::string_view name{};
    std::string_view agent{};
    std::array<Step, 5> steps{};
    std::size_t step_count = 0;
    bool waits = false;  ///< for the answer to each request before the next
    bool rolls_version = false;
    bool rolls_ntime = false;
    bool has_string_ids = false;
    bool resumes = false;  ///< asks for its session after a lost connection
    bool says_password_difficulty = false;
};

/// Miners take them in turn.
const Sv1Style& sv1_style(std::size_t number);
/// By its name; nothing where there is none of that name.
const Sv1Style* sv1_style_named(std::string_view name);
inline constexpr std::size_t sv1_style_count = 5;

}  // namespace loadgen
