#include "aditctl/global_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string_view>

#include "service/config.h"

namespace aditctl {

bool GlobalOptions::has_color(int descriptor) const {
    // https://no-color.org: any value but an empty one.
    const char* const said = std::getenv("NO_COLOR");
    const char* const kind = std::getenv("TERM");
    return !has_no_color && (said == nullptr || *said == '\0') && isatty(descriptor) == 1 &&
           (kind == nullptr || std::string_view{kind} != "dumb");
}

CLI::Option* add_duration_option(CLI::App& app, const std::string& name,
                                 std::chrono::milliseconds& value, const std::string& help) {
    return app
        .add_option_function<std::string>(
            name,
            [&value, name](const std::string& text) {
                const auto duration = service::parse_duration(text);
                if (!duration || duration->count() <= 0)
                    throw CLI::ValidationError{
                        name, fmt::format("'{}' is no duration such as 500ms, 10s, 30m, 24h or 7d",
                                          text)};
                value = *duration;
            },
            help)
        ->type_name("DURATION");
}

void add_global_options(CLI::App& app, GlobalOptions& options) {
    constexpr const char* group = "Options of every command";
    app.add_option("--admin", options.admin, "Where the admin service listens")
        ->type_name("HOST:PORT")
        ->envname("ADIT_ADMIN")
        ->capture_default_str()
        ->group(group);
    app.add_option("--tls-ca", options.tls_ca, "Who signed the server's certificate")
        ->type_name("FILE")
        ->envname("ADIT_TLS_CA")
        ->group(group);
    app.add_option("--tls-cert", options.tls_certificate, "The operator's own certificate")
        ->type_name("FILE")
        ->envname("ADIT_TLS_CERT")
        ->group(group);
    app.add_option("--tls-key", options.tls_key, "Its key")
        ->type_name("FILE")
        ->envname("ADIT_TLS_KEY")
        ->group(group);
    add_duration_option(app, "--timeout", options.timeout, "For an answer; 10s unless said")
        ->group(group);
    app.add_option_function<std::string>(
           "--output,-o",
           [&options](const std::string& text) {
               const std::map<std::string, Output> outputs{
                   {"table", Output::table}, {"json", Output::json}, {"jsonl", Output::jsonl}};
               const auto found = outputs.find(text);
               if (found == outputs.end())
                   throw CLI::ValidationError{
                       "--output", fmt::format("'{}' is not table, json or jsonl", text)};
               options.output = found->second;
           },
           "json: an object, or an array for a list; jsonl: an object a line")
        ->type_name("table|json|jsonl")
        ->group(group);
    app.add_flag("--no-color", options.has_no_color, "As NO_COLOR=1")->group(group);
    app.add_flag("--verbose,-v", options.is_verbose, "Also the request_id of what is changed")
        ->group(group);
    app.add_option("--request-id", options.request_id,
                   "Repeat a change under its id: it is done at most once")
        ->type_name("UUID")
        ->group(group);
}

}  // namespace aditctl
