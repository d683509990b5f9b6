#pragma once

#include <memory>
#include <string>

namespace redis {

/// A Lua script and the digest that Redis knows it by. Copies share the text.
struct Script {
    explicit Script(std::string source);

    std::shared_ptr<const std::string> text{};
    /// SHA-1 of the text, 40 hexadecimal digits.
    std::string digest{};
};

}  // namespace redis
