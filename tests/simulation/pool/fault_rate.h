#pragma once

#include "simulation/chance.h"

namespace simulation {

/// How often a fault comes in this run: not at all in some, and in some far more often than usual.
inline double fault_rate(Chance& chance, double never, double usual) {
    if (chance.happens(never)) return 0.0;
    return chance.happens(0.2) ? usual * 5 : usual;
}

}  // namespace simulation
