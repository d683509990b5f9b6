#include "control/wedge.h"

#include <thread>

namespace control {

void hold_loop(std::chrono::milliseconds duration) {
    std::this_thread::sleep_for(duration);
}

}  // namespace control
