#pragma once

#include <chrono>
#include <string>

#include "service/endpoint.h"

namespace service {

/// What a process said of itself, or why it said nothing.
struct HealthAnswer {
    bool is_ready = false;
    std::string text{};  // without line ends
};

/// Asks `/readyz` of the process that listens there, from the same machine: for `0.0.0.0` it dials
/// loopback. Waits, so for a program that does nothing else (--check-health): images have no other
/// that could ask.
HealthAnswer ask_health(const Endpoint& http, std::chrono::milliseconds wait_max);

}  // namespace service
