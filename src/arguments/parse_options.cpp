// SPDX-License-Identifier: Apache-2.0
#include "arguments/parse_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <sluice/quote.hpp>
#include <sluice/redaction.hpp>
#include <sluice/spelling.hpp>
#include <utility>

#include "arguments/command_table.hpp"
#include "arguments/option_table.hpp"
#include "arguments/option_walk.hpp"

namespace sluice::arguments {

namespace {

using Done = Result<void>;

/// Returns the command that reads reports with this name.
std::optional<CommandLine::Wish> command_of(std::string_view name) {
  const Command* const command = find_command(name);
  return command ? std::optional(command->wish) : std::nullopt;
}

/// Stores the name of an option of version detection, for warnings.
void note_version_option(Draft& draft, std::string_view name, const std::string& spelled) {
  if (name == "version-intensity" || name == "version-light" || name == "version-all")
    draft.intensity_option = spelled;
  else if (name.starts_with("version-") || name == "versiondb" || name == "allports")
    draft.version_option = spelled;
}

/// Refuses -sT and -sS where no ports are scanned. Engine::create cannot: Options::tcp_scan is the default, too.
Done check_scan_kinds(const Draft& draft) {
  const Options& options = draft.line.options;
  if (!draft.connect_scan) return {};
  const std::string_view name = draft.syn_scan ? "-sS" : "-sT";
  if (!options.port_scan)
    return Error{fmt::format("{}: {} scans no ports; leave one of them out", name, options.list_only ? "-sL" : "-sn")};
  if (options.targets_from) return Error{fmt::format("{}: --targets-from scans nothing; leave one of them out", name)};
  return {};
}

/// Refuses options of settings that exclude each other.
Done check_settings(const CommandLine& line) {
  if (!line.no_config) return {};
  if (line.config) return Error{"--config and --no-config exclude each other; leave one of them out"};
  if (line.profile) return Error{"--profile: --no-config reads no settings; leave one of them out"};
  return {};
}

/// Adds a warning if options have no effect on the command.
void warn_of_ignored(const Draft& draft, std::vector<std::string>& warnings) {
  if (draft.ignored.empty()) return;
  warnings.push_back(fmt::format("{}: {} no effect on explain", fmt::join(draft.ignored, ", "),
                                 draft.ignored.size() == 1 ? "has" : "have"));
}

/// Adds a warning for each request that the run leaves out.
void warn_of_what_is_left_out(const Draft& draft, std::vector<std::string>& warnings) {
  if (draft.syn_scan) warnings.emplace_back("-sS: sluice scans by connections (-sT), which find the same open ports");
  if (draft.aggressive) {
    warnings.emplace_back("-A: the report lacks operating systems and routes; sluice runs -sV and -sC");
    return;
  }
  if (draft.systems)
    warnings.emplace_back("-O: the report lacks operating systems, because sluice does not detect them");
  if (draft.routes) warnings.emplace_back("--traceroute: the report lacks routes, because sluice does not trace them");
}

/// Adds a warning if options of version detection have no effect.
void warn_of_versions(const Draft& draft, std::vector<std::string>& warnings) {
  const Options& options = draft.line.options;
  if (options.versions) {
    if (!options.port_scan)
      warnings.push_back(fmt::format("-sV: is ignored, because {} scans no ports", options.list_only ? "-sL" : "-sn"));
    return;
  }
  // Scripts use the intensity, too.
  const bool unused_intensity = draft.version_option.empty() && !options.scripts;
  const std::string& unused = unused_intensity ? draft.intensity_option : draft.version_option;
  if (!unused.empty()) warnings.push_back(fmt::format("{}: has no effect without version detection; add -sV", unused));
}

/// Applies the rules of the command line that concern several options. Rules about the meaning of Options are in the
/// engine.
void complete(Draft& draft) {
  CommandLine& line = draft.line;
  Options& options = line.options;
  warn_of_ignored(draft, line.warnings);
  if (line.wish != CommandLine::Wish::Explain) warn_of_what_is_left_out(draft, line.warnings);
  warn_of_versions(draft, line.warnings);
  if (draft.system_dns && !options.dns_servers.empty()) {
    line.warnings.emplace_back("--dns-servers: is ignored, because --system-dns is given");
    options.dns_servers.clear();
  }
  // As in Nmap, -sC and -A add nothing to the rules of --script (docs/nse-compat.md).
  if (options.scripts && options.script_rules.empty()) options.script_rules.emplace_back("default");
  if (options.verbosity > 0) line.quiet = false;
  if (options.input_list && !options.targets.empty()) {
    line.warnings.push_back(
        fmt::format("-iL {}: the targets on the command line are ignored", shortened(*options.input_list)));
    options.targets.clear();
  }
}

/// Returns the name of a command that is close to an operand; nothing if there is none.
std::optional<std::string> closest_command(std::string_view operand) {
  std::vector<std::string_view> names;
  for (const Command& command : command_table()) names.push_back(command.name);
  return closest_word(operand, names);
}

/// Options with their spellings.
using NamedOptions = std::vector<std::pair<const Option*, std::string>>;

/// Returns the options that an occurrence names: those of -sCV are two.
NamedOptions named_options(const Option& option, const Found& found) {
  std::vector<std::string> names;
  if (option.name == "s")
    for (const char letter : found.value) names.push_back(std::string{'s', letter});
  else if (option.name == "P")
    names.push_back("P" + found.value.substr(0, 1));
  else
    return {{&option, found.spelled}};
  NamedOptions named;
  for (const std::string& name : names)
    if (const Option* const member = find_member(name)) named.emplace_back(member, "-" + name);
  return named;
}

/// Refuses an option that a command does not have, and notes one that has no effect on it.
Done check_command(Draft& draft, const NamedOptions& options, CommandLine::Wish wish) {
  const Command& command =
      *std::ranges::find_if(command_table(), [wish](const Command& each) { return each.wish == wish; });
  for (const auto& [each, spelled] : options) {
    if (is_used_by(*each, wish)) continue;
    if (wish == CommandLine::Wish::Explain && !each->instead_in_explain.empty())
      return Error{fmt::format("{}: {}: {}", command.name, spelled, each->instead_in_explain)};
    if (!is_ignored_by(*each, wish)) {
      auto text = fmt::format("{}: the command {} has no such option", spelled, command.name);
      if (each->users & users_of(CommandLine::Wish::Run))
        text += fmt::format("; for a target of this name write -- {}", command.name);
      return Error{std::move(text)};
    }
    if (std::ranges::find(draft.ignored, spelled) == draft.ignored.end()) draft.ignored.push_back(spelled);
  }
  return {};
}

/// Applies the options of a command line to the draft, and returns its operands. `command`: the command that reads
/// reports; nothing for a run. `resumed`: the options are changes of a run that goes on.
Result<std::vector<std::string>> apply_options(Draft& draft, std::span<const std::string> arguments, Reader reader,
                                               std::optional<CommandLine::Wish> command, bool resumed) {
  const std::span<const Option> table = command ? option_table_of_commands() : option_table();
  const std::span<const Spelling> names = command ? spellings_of_commands() : spellings();
  return walk_options(arguments.subspan(command ? 2 : 1), names, [&](const Found& found) -> Done {
    const Option& option = table[found.index];
    const NamedOptions members = named_options(option, found);
    const std::string& named = members.empty() ? found.spelled : members.front().second;
    if (command)
      if (auto done = check_command(draft, members, *command); !done) return done;
    if (!option.apply) return Error{fmt::format("{}: {}", named, option.instead), ErrorCode::Unsupported};
    if (resumed && !option.resumable)
      return Error{fmt::format("{}: a resumed run keeps this option; leave it out, or start a new run", named)};
    if (reader == Reader::Embedded && !option.instead_embedded.empty())
      return Error{fmt::format("{}: {}", named, option.instead_embedded)};
    auto done = option.apply(draft, found.value);
    if (!command || !is_ignored_by(option, *command)) note_version_option(draft, option.name, found.spelled);
    if (done) return done;
    // Errors of the families -s and -P name the member.
    if (done.error().message.starts_with(found.spelled)) return done;
    return Error{fmt::format("{}: {}", found.spelled, done.error().message)};
  });
}

/// True if the arguments contain --resume, abbreviated or not.
bool resumes(std::span<const std::string> arguments) {
  bool found = false;
  const auto note = [&](const Found& option) -> Done {
    found = found || option_table()[option.index].name == "resume";
    return {};
  };
  (void)walk_options(arguments.subspan(1), spellings(), note);  // the next walk tells the errors
  return found;
}

/// Applies the options that a run changes when it goes on.
Done apply_changes(Draft& draft, std::span<const std::string> changes) {
  std::vector<OutputFile> stored = std::exchange(draft.line.outputs, {});
  std::optional<std::string> script_args = std::exchange(draft.line.options.script_args, std::nullopt);
  auto operands = apply_options(draft, changes, Reader::Command, std::nullopt, true);
  if (!operands) return operands.error();
  if (!operands->empty())
    return Error{fmt::format("{}: a resumed run keeps its targets; leave this one out, or start a new run",
                             shortened(operands->front()))};
  auto& given = draft.line.options.script_args;
  if (script_args) given = given ? restore_script_args(*script_args, *given) : script_args;
  const auto replaced = [&](const OutputFile& output) {
    return std::ranges::count(draft.line.outputs, output.format, &OutputFile::format) > 0;
  };
  std::erase_if(stored, replaced);
  draft.line.outputs.insert(draft.line.outputs.begin(), stored.begin(), stored.end());
  return {};
}

}  // namespace

Result<CommandLine> parse_options(std::span<const std::string> arguments, const std::tm& local, Reader reader) {
  Draft draft;
  draft.local = local;
  draft.line.options.command_line.assign(arguments.begin(), arguments.end());
  if (arguments.size() <= 1 && reader == Reader::Command) {
    draft.line.wish = CommandLine::Wish::Help;
    return std::move(draft.line);
  }
  const auto command = reader == Reader::Command ? command_of(arguments[1]) : std::nullopt;
  if (command) draft.line.wish = *command;
  if (reader == Reader::Command && !command && resumes(arguments)) {
    if (auto done = apply_changes(draft, arguments); !done) return done.error();
    return std::move(draft.line);
  }
  auto operands = apply_options(draft, arguments, reader, command, false);
  if (!operands) return operands.error();
  if (draft.line.resume_within)
    return Error{"--resume-within: has a meaning with --resume only; leave it out, or name the journal"};
  const bool runs = draft.line.wish == CommandLine::Wish::Run || draft.line.wish == CommandLine::Wish::Config;
  (command && !runs ? draft.line.operands : draft.line.options.targets) = std::move(*operands);
  if (!runs && draft.line.wish != CommandLine::Wish::Explain) return std::move(draft.line);
  if (auto done = check_settings(draft.line); !done) return done.error();
  if (auto done = check_scan_kinds(draft); !done) return done.error();
  complete(draft);
  const auto& targets = draft.line.options.targets;
  if (draft.line.wish == CommandLine::Wish::Run && !targets.empty())
    draft.line.meant = closest_command(targets.front());
  return std::move(draft.line);
}

Result<CommandLine> parse_resumed_options(std::span<const std::string> stored, const std::tm& started,
                                          std::span<const std::string> changes, const std::tm& local) {
  Draft draft;
  draft.local = started;
  draft.line.options.command_line.assign(stored.begin(), stored.end());
  auto targets = apply_options(draft, stored, Reader::Command, std::nullopt, false);
  if (!targets) return targets.error();
  draft.line.options.targets = std::move(*targets);
  draft.local = local;
  if (auto done = apply_changes(draft, changes); !done) return done.error();
  if (auto done = check_scan_kinds(draft); !done) return done.error();
  complete(draft);
  return std::move(draft.line);
}

}  // namespace sluice::arguments

namespace sluice {

Result<CommandLine> parse_command_line(std::span<const std::string> arguments, const std::tm& local) {
  return arguments::parse_options(arguments, local, arguments::Reader::Command);
}

std::vector<std::string> without_options(std::span<const std::string> arguments,
                                         std::span<const std::string_view> names) {
  if (arguments.empty()) return {};
  std::set<std::size_t> removed;
  const auto note = [&](const arguments::Found& found) -> Result<void> {
    const arguments::Spelling& spelling = arguments::spellings()[found.index];
    if (std::ranges::find(names, spelling.name) == names.end()) return {};
    const std::size_t last = found.argument + 1;  // walk_options() does not count the name of the program
    removed.insert(last);
    const bool attached = arguments[last].size() > found.value.size();
    if (spelling.takes == arguments::Takes::Value && !attached) removed.insert(last - 1);
    return {};
  };
  (void)arguments::walk_options(arguments.subspan(1), arguments::spellings(), note);  // a run has no errors
  std::vector<std::string> rest;
  for (std::size_t index = 0; index < arguments.size(); ++index)
    if (!removed.contains(index)) rest.push_back(arguments[index]);
  return rest;
}

Result<CommandLine> parse_resumed_command_line(std::span<const std::string> stored, const std::tm& started,
                                               std::span<const std::string> changes, const std::tm& local) {
  return arguments::parse_resumed_options(stored, started, changes, local);
}

}  // namespace sluice
