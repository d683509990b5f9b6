#include "aditctl/tls.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>
#include <vector>

#include "aditctl/failure.h"
#include "aditctl/global_options.h"
#include "aditctl/write_file.h"
#include "aditctl/x509.h"

namespace aditctl {
namespace {

using std::chrono::hours;

constexpr hours one_day{24};
// Whoever has the authority's key decides who operates the pool; it is replaced with all that it
// has signed.
constexpr hours authority_lifetime = one_day * 3650;
// Clocks of two machines differ.
constexpr hours backdated{1};

struct Options {
    std::string folder{};
    std::vector<std::string> hosts{};
    std::string client{};
    std::string role = "viewer";
    std::chrono::milliseconds valid_for = one_day * 365;
    bool force = false;
};

bool is_file_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
           std::ranges::all_of(name, [](unsigned char c) {
               return std::isalnum(c) != 0 ||
                      std::string_view{"-_.@"}.find(static_cast<char>(c)) != std::string_view::npos;
           });
}

std::string path_in(const Options& options, const std::string& name) {
    return (std::filesystem::path{options.folder} / name).string();
}

std::string read_file(const std::string& path) {
    std::ifstream file{path};
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) throw std::runtime_error{path + ": cannot be read"};
    return text.str();
}

/// Both files are the owner's alone.
void write_pair(const Options& options, const std::string& name, const Pem& pem) {
    const auto existing = options.force ? Existing::replace : Existing::keep;
    write_file(path_in(options, name + ".key"), pem.key, Readers::owner, existing);
    write_file(path_in(options, name + ".pem"), pem.certificate, Readers::owner, existing);
    fmt::print("wrote {} and {}\n", path_in(options, name + ".pem"),
               path_in(options, name + ".key"));
}

Pem authority_of(const Options& options, const base::Clock& clock) {
    const auto certificate = path_in(options, "ca.pem");
    if (std::filesystem::exists(certificate)) {
        Pem authority{.certificate = read_file(certificate),
                      .key = read_file(path_in(options, "ca.key"))};
        if (!read_certificate(authority.certificate).is_authority)
            throw std::runtime_error{certificate + " is no authority's certificate"};
        return authority;
    }
    std::filesystem::create_directories(options.folder);
    const auto now = clock.unix_now();
    auto authority = issue_certificate({.purpose = Purpose::authority,
                                        .common_name = "adit admin authority",
                                        .hosts = {},
                                        .from = now - backdated,
                                        .until = now + authority_lifetime},
                                       nullptr);
    auto fresh = options;
    fresh.force = false;  // what an authority has signed dies with it
    write_pair(fresh, "ca", authority);
    return authority;
}

void make_server(const Options& options, const Pem& authority, const base::Clock& clock) {
    const auto now = clock.unix_now();
    write_pair(options, "server",
               issue_certificate({.purpose = Purpose::server,
                                  .common_name = options.hosts.front(),
                                  .hosts = options.hosts,
                                  .from = now - backdated,
                                  .until = now + options.valid_for},
                                 &authority));
    fmt::print(
        "in admin.toml:\n"
        "    [api]\n"
        "    listen = \"0.0.0.0:24280\"\n"
        "    [api.tls]\n"
        "    certificate_file = \"{}\"\n"
        "    key_file = \"{}\"\n"
        "    client_ca_file = \"{}\"\n",
        path_in(options, "server.pem"), path_in(options, "server.key"), path_in(options, "ca.pem"));
}

void make_client(const Options& options, const Pem& authority, const base::Clock& clock) {
    const auto now = clock.unix_now();
    write_pair(options, options.client,
               issue_certificate({.purpose = Purpose::client,
                                  .common_name = options.client,
                                  .hosts = {},
                                  .from = now - backdated,
                                  .until = now + options.valid_for},
                                 &authority));
    fmt::print(
        "in admin.toml, where roles are given:\n"
        "    [[api.roles]]\n"
        "    certificate = \"{}\"\n"
        "    role = \"{}\"\n"
        "on {}'s machine, with these three files:\n"
        "    export ADIT_ADMIN=HOST:24280 ADIT_TLS_CA={} ADIT_TLS_CERT={} ADIT_TLS_KEY={}\n",
        options.client, options.role, options.client, path_in(options, "ca.pem"),
        path_in(options, options.client + ".pem"), path_in(options, options.client + ".key"));
}

void make_new(const Options& options, const base::Clock& clock) {
    if (!options.client.empty() &&
        (!is_file_name(options.client) || options.client == "ca" || options.client == "server"))
        throw CommandFailure{ExitCode::usage,
                             fmt::format("--client {}: 1 to 64 letters, digits, '-', '_', '.' and "
                                         "'@', and neither ca nor server",
                                         options.client)};
    if (options.role != "viewer" && options.role != "operator")
        throw CommandFailure{ExitCode::usage, "--role is viewer or operator"};
    const auto authority = authority_of(options, clock);
    if (!options.hosts.empty()) make_server(options, authority, clock);
    if (!options.client.empty()) make_client(options, authority, clock);
}

}  // namespace

void add_tls_command(CLI::App& app, const base::Clock& clock) {
    const auto options = std::make_shared<Options>();
    auto& tls = *app.add_subcommand("tls", "Certificates for the admin API");
    tls.require_subcommand(1);
    auto& making = *tls.add_subcommand(
        "new", "Make the authority, the server's certificate, an operator's certificate");
    making.add_option("--ca", options->folder, "Where the authority is; made if it is not there")
        ->required()
        ->type_name("FOLDER");
    making.add_option("--server", options->hosts, "The admin service's names and addresses")
        ->type_name("HOST");
    making.add_option("--client", options->client, "Who the operator is")->type_name("NAME");
    making.add_option("--role", options->role, "What the operator may do")
        ->capture_default_str()
        ->type_name("viewer|operator");
    add_duration_option(making, "--valid-for", options->valid_for, "365d unless said");
    making.add_flag("--force", options->force, "Replace files that exist, but not the authority's");
    making.footer(
        "\nExamples:\n"
        "  aditctl tls new --ca /etc/adit/tls --server pool.example.com 192.0.2.7\n"
        "  aditctl tls new --ca /etc/adit/tls --client carol --role operator\n"
        "All files are readable by their owner alone. A role is what admin.toml says of the name;\n"
        "the command prints the lines.\n");
    making.callback([options, &clock] { make_new(*options, clock); });
}

}  // namespace aditctl
