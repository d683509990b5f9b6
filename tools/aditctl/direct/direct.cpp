#include "aditctl/direct/direct.h"

#include "aditctl/direct/ban.h"
#include "aditctl/direct/blocks.h"
#include "aditctl/direct/log.h"
#include "aditctl/direct/nodes.h"
#include "aditctl/direct/shares.h"
#include "aditctl/direct/vardiff.h"

namespace aditctl::direct {

void add_direct_commands(CLI::App& app, const base::Clock& clock) {
    auto& direct = *app.add_subcommand(
        "direct", "Ask Redis and the services themselves, when the admin service is down");
    direct.require_subcommand(1);
    add_ban_command(direct, clock);
    add_blocks_command(direct);
    add_log_command(direct);
    add_nodes_command(direct);
    add_shares_command(direct);
    add_vardiff_command(direct);
}

}  // namespace aditctl::direct
