#include "canary/broken_script.h"

#include <stdexcept>

namespace canary {
namespace {

void replace(std::string& text, std::string_view line, std::string_view with) {
    const auto at = text.find(line);
    if (at == std::string::npos || text.find(line, at + 1) != std::string::npos)
        throw std::logic_error("the commit script does not have this once: " + std::string{line});
    text.replace(at, line.size(), with);
}

}  // namespace

std::string broken_script(std::string_view commit, const Breach& breach) {
    std::string text{commit};
    if (breach.ignores_replays)
        replace(text, "if sequence == last then", "if sequence == last and false then");
    if (breach.ignores_duplicates)
        replace(text, "if call('SADD', KEYS[key_at + i], ARGV[at + i]) == 0 then",
                "if call('SADD', KEYS[key_at + i], ARGV[at + i]) < 0 then");
    return text;
}

}  // namespace canary
