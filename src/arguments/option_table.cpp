// SPDX-License-Identifier: Apache-2.0
#include "arguments/option_table.hpp"

#include <algorithm>
#include <vector>

#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

bool is_of_runs(const Option& option) { return (option.users & users_of(CommandLine::Wish::Run)) != 0; }

/// The options of all sections, for the parser.
struct Table {
  Table() {
    for (const OptionSection& section : option_sections()) add(section.options);
    add(refused_options());
    const auto others = std::stable_partition(options.begin(), options.end(), is_of_runs);
    of_runs = static_cast<std::size_t>(others - options.begin());
    for (const Option& option : options) spellings.push_back({option.name, option.value.takes, !option.own});
  }
  void add(std::span<const Option> all) {
    for (const Option& option : all) (option.member ? members : options).push_back(option);
  }

  std::vector<Option> options;  // those of runs first
  std::vector<Option> members;
  std::vector<Spelling> spellings;
  std::size_t of_runs = 0;
};

const Table& table() {
  static const Table made;
  return made;
}

}  // namespace

std::span<const OptionSection> option_sections() {
  static const OptionSection sections[] = {kTargetsSection,  kDiscoverySection, kPortsAndScansSection, kVersionsSection,
                                           kScriptsSection,  kTimingSection,    kReportsSection,       kJournalsSection,
                                           kSettingsSection, kGeneralSection,   kOfCommandsSection};
  return sections;
}

const Option* find_member(std::string_view name) {
  const auto& members = table().members;
  const auto found = std::ranges::find(members, name, &Option::name);
  return found == members.end() ? nullptr : &*found;
}

std::optional<NamedOption> find_option(std::string_view name) {
  const auto find = [&](std::span<const Option> options) {
    NamedOption found;
    for (const Option& option : options) {
      if (!option.alias) found.main = &option;
      const bool family = option.help.empty() && option.instead.empty() && !option.alias;
      if (option.name != name || family) continue;
      found.option = &option;
      break;
    }
    return found;
  };
  for (const OptionSection& section : option_sections())
    if (const NamedOption found = find(section.options); found.option) return found;
  const NamedOption found = find(refused_options());
  return found.option ? std::optional(found) : std::nullopt;
}

std::string with_dashes(std::string_view name) {
  const bool short_name =
      name.size() == 1 || (name.size() == 2 && std::string_view("oisP").find(name[0]) != std::string_view::npos);
  return (short_name ? "-" : "--") + std::string(name);
}

std::span<const Option> option_table() { return option_table_of_commands().first(table().of_runs); }
std::span<const Option> option_table_of_commands() { return table().options; }

std::span<const Spelling> spellings() { return spellings_of_commands().first(table().of_runs); }
std::span<const Spelling> spellings_of_commands() { return table().spellings; }

}  // namespace sluice::arguments
