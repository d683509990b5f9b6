#pragma once

#include <string_view>

/// The Lua files of this folder, as they were when this was built: a process brings its own, so a
/// rolling update never meets the script of another version.
namespace ledger::scripts {

extern const std::string_view bans;
extern const std::string_view commit;
extern const std::string_view keep_templates;
extern const std::string_view take_epoch;
extern const std::string_view pool_config;
extern const std::string_view members;
extern const std::string_view readers;
extern const std::string_view requests;
extern const std::string_view reaping;
extern const std::string_view store_template;
extern const std::string_view sums;
extern const std::string_view template_lease;

}  // namespace ledger::scripts
