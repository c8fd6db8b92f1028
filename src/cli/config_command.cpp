// SPDX-License-Identifier: Apache-2.0
#include "cli/config_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sluice/engine.hpp>
#include <sluice/redaction.hpp>

#include "cli/command_platform.hpp"
#include "cli/outputs.hpp"
#include "cli/print.hpp"
#include "cli/run.hpp"

namespace sluice::cli {

namespace {

using Json = nlohmann::ordered_json;
using Kind = SettingOrigin::Kind;

constexpr std::size_t kMaxValueColumn = 30;

/// Returns the value as it is shown: without secrets of scripts.
std::string shown_value(const Setting& option) {
  return option.option == "script-args" ? redact_script_args(option.value) : option.value;
}

std::string shown_origin(const SettingOrigin& origin) {
  return origin.profile.empty() ? origin.text() : fmt::format("{} (profile {})", origin.text(), origin.profile);
}

bool is_built_in(const Setting& option) { return option.origin.kind == Kind::Default; }

std::string rows_of(std::span<const Setting> options) {
  std::size_t name_width = 6, value_width = 5;  // of the headings
  for (const Setting& option : options) {
    name_width = std::max(name_width, option.option.size());
    value_width = std::max(value_width, std::min(kMaxValueColumn, shown_value(option).size()));
  }
  std::string text = fmt::format("{:{}}  {:{}}  ORIGIN\n", "OPTION", name_width, "VALUE", value_width);
  for (const Setting& option : options)
    text += terminal_text(fmt::format("{:{}}  {:{}}  {}", option.option, name_width, shown_value(option), value_width,
                                      shown_origin(option.origin))) +
            '\n';
  return text;
}

/// `all`: the options that have their built-in values are rows, too. They stand behind the others.
std::string table_of(std::span<const Setting> options, const FoundSettings& found, bool all) {
  const auto given = static_cast<std::size_t>(std::ranges::find_if(options, is_built_in) - options.begin());
  const std::size_t shown = all ? options.size() : given;
  std::string text = shown == 0 ? "No option is given.\n" : rows_of(options.first(shown));
  for (const FoundSettings::File& file : found.files)
    text += terminal_text(fmt::format("{} {}", file.read ? "Read:" : "Not there:", file.path)) + '\n';
  if (!all) text += "Options with built-in values are left out; --all shows them\n";
  return text;
}

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::Default:
      return "default";
    case Kind::File:
      return "file";
    case Kind::Variable:
      return "environment";
    case Kind::CommandLine:
      break;
  }
  return "command line";
}

std::string json_of(const std::vector<Setting>& options, const FoundSettings& found) {
  Json files = Json::array(), array = Json::array();
  for (const FoundSettings::File& file : found.files) files.push_back({{"file", file.path}, {"read", file.read}});
  for (const Setting& option : options) {
    const SettingOrigin& origin = option.origin;
    Json row{{"option", option.option}, {"value", shown_value(option)}, {"origin", name_of(origin.kind)}};
    if (origin.kind == Kind::File) {
      row["file"] = origin.name;
      row["line"] = origin.line;
    }
    if (!origin.profile.empty()) row["profile"] = origin.profile;
    if (origin.kind == Kind::Variable) row["variable"] = origin.name;
    array.push_back(std::move(row));
  }
  const Json all{{"files", std::move(files)}, {"options", std::move(array)}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

int show_config(std::span<const std::string> arguments, const SettledCommandLine& settled, const FoundSettings& found) {
  const CommandLine& command = settled.command;
  if (command.resume) return refuse("--resume: a resumed run reads no settings; leave it out");
  if (command.changes == ChangeFormat::Markdown) return refuse("--markdown: config writes text or JSON");
  CommandLine effective = command;
  const char* const preloads = std::getenv("LD_PRELOAD");
  effective.options.proxied = preloads && proxy_warning(preloads);
  auto all = effective_options(effective.options, command_platform());
  if (!all) return refuse(with_origins(all.error().message, settled.settings));
  effective.options = *std::move(all);
  if (!effective.stylesheet) effective.stylesheet = installed_stylesheet(effective.options);
  const std::vector<Setting> options = options_in_force(arguments, settled.settings, effective);
  const bool json = command.changes == ChangeFormat::Json;
  return print(json ? json_of(options, found) : table_of(options, found, command.all), kFinished);
}

}  // namespace sluice::cli
