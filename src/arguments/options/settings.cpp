// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sluice/quote.hpp>

#include "arguments/make_setting.hpp"
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

constexpr std::string_view kNoSettings = "the library reads no settings; leave it out";
constexpr std::string_view kOfSettings = "chooses settings; give it on the command line";

Done config(Draft& draft, std::string_view path) {
  if (path.empty()) return Error{"the file name is empty"};
  draft.line.config = std::string(path);
  return {};
}
Done profile(Draft& draft, std::string_view name) {
  if (name.empty()) return Error{"the name is empty"};
  draft.line.profile = std::string(name);
  return {};
}
Done no_config(Draft& draft, std::string_view) {
  draft.line.no_config = true;
  return {};
}
Done unset(Draft& draft, std::string_view names) {
  for (const std::string& part : split_list(names)) {
    const std::string name = part.substr(std::min(part.size(), part.find_first_not_of('-')));
    if (!find_option(name)) return unknown_name(name).in(shortened(part));
    draft.line.unset.push_back(name);
  }
  return {};
}

constexpr Option kSettingsOptions[] = {
    {.name = "config",
     .value = kFile,
     .own = true,
     .users = users_of(Wish::Run, Wish::Config),
     .apply = config,
     .help = "read settings from FILE instead of the usual files",
     .text = "reads settings from FILE instead of `/etc/sluice/sluice.toml` and `$XDG_CONFIG_HOME/sluice/sluice.toml` "
             "([settings.md](settings.md))",
     .instead_embedded = kNoSettings,
     .instead_in_settings = kOfSettings},
    {.name = "no-config",
     .own = true,
     .users = users_of(Wish::Run, Wish::Config),
     .resumable = true,
     .apply = no_config,
     .help = "read no settings",
     .text = "reads no settings, neither from files nor from variables of the environment",
     .instead_embedded = kNoSettings,
     .instead_in_settings = kOfSettings},
    {.name = "profile",
     .value = {Takes::Value, "NAME", ValueKind::Profile},
     .own = true,
     .users = users_of(Wish::Run, Wish::Config),
     .apply = profile,
     .help = "use the settings of this profile",
     .text = "uses the settings of `[profile.NAME]`, which take precedence over the others of the files",
     .instead_embedded = kNoSettings,
     .instead_in_settings = kOfSettings},
    {.name = "unset",
     .value = list_of(text_value("NAMES")),
     .own = true,
     .users = users_of(Wish::Run, Wish::Config),
     .apply = unset,
     .help = "leave out these settings",
     .text = "leaves out the settings of these options, so that they have their built-in defaults: `--unset open,sV`",
     .instead_embedded = kNoSettings,
     .instead_in_settings = kOfSettings},
};

}  // namespace

const OptionSection kSettingsSection{"Settings", "", kSettingsOptions};

}  // namespace sluice::arguments
