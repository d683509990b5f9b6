#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>

namespace aditctl {

enum class Output { table, json, jsonl };

/// What goes before or behind every command that asks the admin service.
struct GlobalOptions {
    std::string admin = "127.0.0.1:24280";
    std::string tls_ca{};
    std::string tls_certificate{};
    std::string tls_key{};
    std::chrono::milliseconds timeout{10'000};
    Output output = Output::table;
    bool has_no_color = false;
    bool is_verbose = false;
    /// Of a mutation that is repeated; empty: a new one each time.
    std::string request_id{};

    /// Colours where they are wanted and `descriptor` is a terminal.
    bool has_color(int descriptor) const;
};

/// Adds --admin, --tls-*, --timeout, --output, --no-color, --verbose and --request-id.
void add_global_options(CLI::App& app, GlobalOptions& options);

/// A CLI11 option for a duration such as 500ms, 10s, 30m, 24h or 7d.
CLI::Option* add_duration_option(CLI::App& app, const std::string& name,
                                 std::chrono::milliseconds& value, const std::string& help);

}  // namespace aditctl
