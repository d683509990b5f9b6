#include "aditctl/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

#include "aditctl/complete_names.h"

namespace aditctl {
namespace {

constexpr const char* bash_script = R"(# aditctl completion bash >/etc/bash_completion.d/aditctl
_aditctl() {
    # Bash takes the colon of a name for the end of a word.
    local word glued= IFS=$'\n'
    local -a words=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if [[ $word == : && ${#words[@]} -gt 0 ]]; then
            words[-1]+=:
            glued=yes
        elif [[ $glued ]]; then
            words[-1]+=$word
            glued=
        else
            words+=("$word")
        fi
    done
    local typed=${words[-1]}
    COMPREPLY=($("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null | cut -f1))
    COMPREPLY=("${COMPREPLY[@]#"${typed%"${typed##*:}"}"}")
}
complete -o bashdefault -o default -F _aditctl aditctl
)";

constexpr const char* zsh_script = R"(#compdef aditctl
# aditctl completion zsh >"${fpath[1]}/_aditctl"
_aditctl() {
    local -a found
    local line
    for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    if (( $#found )); then _describe aditctl found; else _files; fi
}
compdef _aditctl aditctl
)";

constexpr const char* fish_script =
    R"(# aditctl completion fish >~/.config/fish/completions/aditctl.fish
function __aditctl_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] __complete $words[2..-1] 2>/dev/null
end
complete -c aditctl -f -a '(__aditctl_complete)'
)";

const CLI::App* child(const CLI::App& app, const std::string& word) {
    for (const auto* const command : app.get_subcommands(nullptr))
        if (command->get_name() == word) return command;
    return nullptr;
}

/// Options of a command with those of its groups, and of what it stands in.
std::vector<const CLI::Option*> options_of(const CLI::App& command) {
    std::vector<const CLI::Option*> all;
    const auto add = [&all](const CLI::App& app) {
        for (const auto* const option : app.get_options()) all.push_back(option);
    };
    for (const auto* at = &command; at != nullptr; at = at->get_parent()) {
        add(*at);
        for (const auto* const group : at->get_subcommands(nullptr))
            if (group->get_name().empty()) add(*group);
    }
    return all;
}

const CLI::Option* option_named(const CLI::App& command, const std::string& word) {
    for (const auto* const option : options_of(command))
        if (!option->get_positional() && option->check_name(word)) return option;
    return nullptr;
}

bool takes_value(const CLI::Option& option) {
    return option.get_items_expected_max() > 0;
}

/// Where the words before the last one lead.
struct Place {
    const CLI::App* command = nullptr;
    /// The one whose value is typed.
    const CLI::Option* option = nullptr;
    std::size_t positionals = 0;
    GlobalOptions globals{};
};

void keep_global(GlobalOptions& globals, const std::string& option, const std::string& value) {
    if (option == "--admin") globals.admin = value;
    if (option == "--tls-ca") globals.tls_ca = value;
    if (option == "--tls-cert") globals.tls_certificate = value;
    if (option == "--tls-key") globals.tls_key = value;
}

GlobalOptions globals_of_environment() {
    GlobalOptions globals;
    for (const auto& [variable, option] :
         {std::pair{"ADIT_ADMIN", "--admin"}, std::pair{"ADIT_TLS_CA", "--tls-ca"},
          std::pair{"ADIT_TLS_CERT", "--tls-cert"}, std::pair{"ADIT_TLS_KEY", "--tls-key"}})
        if (const char* const value = std::getenv(variable)) keep_global(globals, option, value);
    return globals;
}

Place place_of(const CLI::App& app, const std::vector<std::string>& words) {
    Place place{
        .command = &app, .option = nullptr, .positionals = 0, .globals = globals_of_environment()};
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const auto& word = words[i];
        if (word.starts_with("-")) {
            const auto equals = word.find('=');
            if (equals != std::string::npos) {
                keep_global(place.globals, word.substr(0, equals), word.substr(equals + 1));
                continue;
            }
            const auto* const option = option_named(*place.command, word);
            if (option == nullptr || !takes_value(*option)) continue;
            if (i + 2 == words.size()) {
                place.option = option;
                return place;
            }
            keep_global(place.globals, word, words[++i]);
        } else if (const auto* const command = child(*place.command, word)) {
            place.command = command;
            place.positionals = 0;
        } else {
            ++place.positionals;
        }
    }
    return place;
}

std::string first_sentence(const std::string& text) {
    return text.substr(0, text.find_first_of(".;\n"));
}

std::vector<Candidate> values_of(const CLI::Option& option, const Place& place,
                                 const std::string& typed, const FindNames& find_names) {
    const auto type = option.get_type_name();
    if (type.find('|') == std::string::npos) return find_names(type, place.globals, typed);
    std::vector<Candidate> values;
    for (std::size_t from = 0; from <= type.size();) {
        const auto end = std::min(type.find('|', from), type.size());
        values.push_back({type.substr(from, end - from), ""});
        from = end + 1;
    }
    return values;
}

std::vector<Candidate> options_at(const CLI::App& command) {
    std::vector<Candidate> found;
    for (const auto* const option : options_of(command))
        for (const auto& name : option->get_lnames())
            found.push_back({"--" + name, first_sentence(option->get_description())});
    return found;
}

}  // namespace

std::vector<Candidate> candidates_for(const CLI::App& app, const std::vector<std::string>& words,
                                      const FindNames& find_names) {
    const std::string typed = words.empty() ? "" : words.back();
    const auto place = place_of(app, words);
    std::vector<Candidate> found;
    if (place.option != nullptr) {
        found = values_of(*place.option, place, typed, find_names);
    } else if (typed.starts_with("-")) {
        found = options_at(*place.command);
    } else {
        for (const auto* const command : place.command->get_subcommands(nullptr))
            if (!command->get_name().empty() && !command->get_group().empty())
                found.push_back({command->get_name(), first_sentence(command->get_description())});
        std::size_t index = 0;
        for (const auto* const option : place.command->get_options())
            if (option->get_positional() && index++ == place.positionals)
                for (auto& value : values_of(*option, place, typed, find_names))
                    found.push_back(std::move(value));
    }
    std::erase_if(found, [&](const Candidate& each) { return !each.word.starts_with(typed); });
    std::ranges::sort(found, {}, &Candidate::word);
    const auto twice = std::ranges::unique(found, {}, &Candidate::word);
    found.erase(twice.begin(), twice.end());
    return found;
}

void print_candidates(const CLI::App& app, const std::vector<std::string>& words) {
    for (const auto& each : candidates_for(app, words, find_names_by_api))
        fmt::print("{}\t{}\n", each.word, each.about);
}

void add_completion_command(CLI::App& app) {
    auto& command = *app.add_subcommand("completion", "A script for your shell");
    const auto shell = std::make_shared<std::string>();
    command.add_option("shell", *shell, "Which")->required()->type_name("bash|zsh|fish");
    command.footer(
        "\nExamples:\n"
        "  source <(aditctl completion bash)\n"
        "  aditctl completion zsh >\"${fpath[1]}/_aditctl\"\n"
        "  aditctl completion fish >~/.config/fish/completions/aditctl.fish\n");
    command.callback([shell] {
        const std::map<std::string, const char*> scripts{
            {"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
        const auto found = scripts.find(*shell);
        if (found == scripts.end())
            throw CLI::ValidationError{"shell",
                                       fmt::format("'{}' is not bash, zsh or fish", *shell)};
        fmt::print("{}", found->second);
    });
}

}  // namespace aditctl
