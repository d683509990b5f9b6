#include "vardiff/config.h"

#include <cmath>

#include "bitcoin/difficulty.h"

namespace vardiff {
namespace {

constexpr std::uint16_t default_grpc_port = 24253;
constexpr std::uint16_t default_http_port = 24277;
// One hash, and what a share's account can hold.
constexpr double difficulty_min = 1.0 / 4294967296.0;
constexpr double difficulty_max = 4294967295.0;

}  // namespace

Config read_config(service::ConfigReader reader) {
    auto root = reader.root();
    Config config;
    config.log = service::read_log_config(root);
    config.chassis = service::read_chassis_config(root, default_grpc_port, default_http_port);
    config.ledger = ledger::read_config(root);
    // Below 20 s a worker may still hold a batch that waits for its template.
    config.reap_after = root.table("reaping").duration_or(
        "after", config.reap_after, std::chrono::seconds{20}, std::chrono::hours{24});
    auto target = root.table("target");
    if (target.has("difficulty")) {
        const double difficulty =
            target.number_in_range("difficulty", 1, difficulty_min, difficulty_max);
        const auto q32 = static_cast<std::uint64_t>(std::ceil(std::ldexp(difficulty, 32)));
        config.target = bitcoin::target_of(bitcoin::Difficulty{q32});
    }
    reader.finish();
    return config;
}

Config load_config(const std::filesystem::path& file) {
    return read_config(service::ConfigReader{file});
}

}  // namespace vardiff
