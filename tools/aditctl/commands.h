#pragma once

#include <CLI/CLI.hpp>

#include "aditctl/global_options.h"

/// The commands over the admin API. `options` has to outlive the parsing.
namespace aditctl {

/// pool, problems, audit.
void add_pool_commands(CLI::App& app, const GlobalOptions& options);
/// services, dump.
void add_fleet_commands(CLI::App& app, const GlobalOptions& options);
void add_gateway_commands(CLI::App& app, const GlobalOptions& options);
void add_connection_commands(CLI::App& app, const GlobalOptions& options);
void add_channel_commands(CLI::App& app, const GlobalOptions& options);
/// workers, identities.
void add_worker_commands(CLI::App& app, const GlobalOptions& options);
/// blocks, templates, nodes.
void add_chain_commands(CLI::App& app, const GlobalOptions& options);
void add_policy_commands(CLI::App& app, const GlobalOptions& options);
/// ban, unban, bans.
void add_ban_commands(CLI::App& app, const GlobalOptions& options);

/// A command that only leads to others.
CLI::App& add_group(CLI::App& app, const char* name, const char* what);

}  // namespace aditctl
