// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sluice/settings.hpp>
#include <utility>

#include "arguments/command_table.hpp"
#include "arguments/option_table.hpp"
#include "arguments/option_walk.hpp"

namespace sluice {

namespace {

using arguments::NamedOption;
using arguments::Option;
using Kind = SettingOrigin::Kind;

/// True if the command line is that of `sluice config`.
bool is_config(std::span<const std::string> arguments) {
  const auto* command = arguments.size() > 1 ? arguments::find_command(arguments[1]) : nullptr;
  return command && command->wish == CommandLine::Wish::Config;
}

/// Returns the options of a command line, in their order. Those of -sCV are two.
std::vector<Setting> typed_options(std::span<const std::string> line) {
  const bool config = is_config(line);
  const auto table = config ? arguments::option_table_of_commands() : arguments::option_table();
  const auto spellings = config ? arguments::spellings_of_commands() : arguments::spellings();
  std::vector<Setting> typed;
  const auto add = [&](std::string_view name, std::string_view value, bool bare) {
    typed.push_back({std::string(name), bare ? "true" : std::string(value), {}, {}});
  };
  const auto note = [&](const arguments::Found& found) -> Result<void> {
    const Option& option = table[found.index];
    if (option.name == "s")
      for (const char letter : found.value) add(std::string{'s', letter}, "", true);
    else if (option.name == "P" && !found.value.empty())
      add("P" + found.value.substr(0, 1), found.value.substr(1), found.value.size() == 1);
    else
      add(option.name, found.value, option.value.takes != arguments::Takes::Value && found.value.empty());
    return {};
  };
  (void)arguments::walk_options(line.subspan(config ? 2 : 1), spellings, note);  // the parser tells the errors
  return typed;
}

/// Returns the settings that the command line neither replaces nor leaves out.
std::vector<Setting> without_replaced(std::span<const Setting> settings, std::span<const Setting> typed,
                                      std::span<const std::string> unset) {
  std::vector<Setting> left;
  for (const Setting& setting : settings) {
    const auto named = arguments::find_option(setting.option);
    const auto is_main = [&](const std::string& name) {
      const auto other = arguments::find_option(name);
      return other && other->main == named->main;
    };
    const auto replaces = [&](const Setting& option) {
      const auto other = arguments::find_option(option.option);
      return other && (other->main == named->main || (other->option->choices & named->option->choices) != 0);
    };
    if (std::ranges::none_of(unset, is_main) && std::ranges::none_of(typed, replaces)) left.push_back(setting);
  }
  return left;
}

/// A word of a message that is the name of an option.
struct Mention {
  std::size_t begin = 0, end = 0;
  const Option* main = nullptr;
};

std::vector<Mention> mentions_in(std::string_view message) {
  std::vector<Mention> mentions;
  for (std::size_t at = 0; at < message.size(); ++at) {
    const bool begins = message[at] == '-' && (at == 0 || message[at - 1] == ' ' || message[at - 1] == '(');
    if (!begins) continue;
    const std::size_t name = std::min(message.size(), message.find_first_not_of('-', at));
    const std::size_t end = std::min(message.size(), message.find_first_of(" :,;)", name));
    if (const auto found = arguments::find_option(message.substr(name, end - name)))
      mentions.push_back({at, end, found->main});
  }
  return mentions;
}

/// True if the values of an option add up to a level: -v, -d and their other names.
bool is_level(const Setting& option) {
  const auto named = arguments::find_option(option.option);
  return named && (named->main->name == "v" || named->main->name == "d");
}

/// Gives options for levels the name -v or -d and the level in force. Of several options of a name, the last stays.
void join_levels(std::vector<Setting>& options, const CommandLine& effective) {
  std::set<const Option*> joined;
  for (std::size_t at = options.size(); at-- > 0;) {
    if (!is_level(options[at]) || options[at].arguments.empty()) continue;
    const Option* const main = arguments::find_option(options[at].option)->main;
    if (!joined.insert(main).second) {
      options.erase(options.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    }
    options[at].option = main->name;
    options[at].value = main->built_in(effective);
  }
}

/// Returns the options that have a built-in value, and that `given` does not have.
std::vector<Setting> built_in_values(std::span<const Setting> given, const CommandLine& effective) {
  std::vector<Setting> values;
  for (const arguments::OptionSection& section : arguments::option_sections())
    for (const Option& option : section.options) {
      const auto is_given = [&](const Setting& setting) {
        const auto found = arguments::find_option(setting.option);
        const bool same = found && found->main == &option;
        const bool decided = found && (found->option->choices & option.choices) != 0;
        return !setting.arguments.empty() && (same || decided);
      };
      if (!option.built_in || std::ranges::any_of(given, is_given)) continue;
      std::string value = option.built_in(effective);
      if (value.empty()) continue;
      SettingOrigin origin;
      origin.kind = Kind::Default;
      values.push_back({std::string(option.name), std::move(value), {}, std::move(origin)});
    }
  return values;
}

}  // namespace

Result<SettledCommandLine> parse_command_line(std::span<const std::string> arguments, std::span<const Setting> settings,
                                              const std::tm& local) {
  auto typed = parse_command_line(arguments, local);
  if (!typed) return typed.error();
  SettledCommandLine settled{*std::move(typed), {}};
  const bool reads_settings =
      settled.command.wish == CommandLine::Wish::Run || settled.command.wish == CommandLine::Wish::Config;
  if (settings.empty() || settled.command.resume || !reads_settings) return settled;
  settled.settings = without_replaced(settings, typed_options(arguments), settled.command.unset);
  const std::size_t front = is_config(arguments) ? 2 : 1;
  std::vector<std::string> all(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(front));
  for (const Setting& setting : settled.settings)
    all.insert(all.end(), setting.arguments.begin(), setting.arguments.end());
  if (all.size() == front) return settled;
  all.insert(all.end(), arguments.begin() + static_cast<std::ptrdiff_t>(front), arguments.end());
  auto command = parse_command_line(all, local);
  if (!command) return Error{with_origins(command.error().message, settled.settings), command.error().code};
  settled.command = *std::move(command);
  settled.command.options.typed_command_line.assign(arguments.begin(), arguments.end());
  for (std::string& warning : settled.command.warnings) warning = with_origins(std::move(warning), settled.settings);
  return settled;
}

std::string with_origins(std::string message, std::span<const Setting> settings) {
  std::vector<const Setting*> noted;
  std::string notes, head;
  for (const Mention& mention : mentions_in(message)) {
    const auto found = std::ranges::find_if(settings, [&](const Setting& setting) {
      return !setting.arguments.empty() && arguments::find_option(setting.option)->main == mention.main;
    });
    if (found == settings.end() || std::ranges::count(noted, &*found) > 0) continue;
    noted.push_back(&*found);
    const std::string origin = found->origin.text();
    if (mention.begin > 0)
      notes += fmt::format("{}{} gives {}", notes.empty() ? " (" : "; ", origin,
                           message.substr(mention.begin, mention.end - mention.begin));
    else
      head = found->origin.kind == Kind::File ? fmt::format("{}: {}", origin, found->option) : origin;
  }
  if (!notes.empty()) notes += ')';
  if (!head.empty()) message.replace(0, mentions_in(message).front().end, head);
  return message + notes;
}

std::vector<Setting> options_in_force(std::span<const std::string> arguments, std::span<const Setting> settings,
                                      const CommandLine& effective) {
  std::vector<Setting> all(settings.begin(), settings.end());
  for (Setting& option : typed_options(arguments)) {
    const auto named = arguments::find_option(option.option);
    if (named && (named->main->users & arguments::users_of(CommandLine::Wish::Run)) == 0) continue;
    option.arguments = {option.option};  // it is given
    all.push_back(std::move(option));
  }
  join_levels(all, effective);
  for (Setting& value : built_in_values(all, effective)) all.push_back(std::move(value));
  return all;
}

}  // namespace sluice
