// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sluice/command_line.hpp>
#include <sluice/merge.hpp>
#include <sluice/quote.hpp>
#include <utility>

#include "base/text.hpp"
#include "cli/print.hpp"
#include "cli/replay.hpp"
#include "cli/report_commands.hpp"
#include "cli/report_source.hpp"
#include "cli/whole_run.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view kPart[] = {"shard"};
/// Options whose values may differ between the parts of a run.
constexpr std::string_view kOwn[] = {kPart[0], "oN", "oX", "oG", "oM", "oJ", "oA", "journal", "journal-sync"};

void warn(const std::string& text) { tell(event::warning(text + '.').text); }

/// Passes events to a function.
class Call final : public Observer {
 public:
  explicit Call(std::function<void(const Event&)> to) : to_(std::move(to)) {}
  void on_event(const Event& event) override { to_(event); }

 private:
  const std::function<void(const Event&)> to_;
};

/// What the inputs say about themselves.
struct Input {
  std::string name;
  std::vector<std::string> arguments;
};

/// Adds the ids of the scripts that the event shows to have run in the post-scan phase.
void note_post_scan(const Event& event, std::set<std::string>& ids) {
  if (const auto* script = std::get_if<event::ScriptStarted>(&event.what)) {
    if (script->place.phase == "postrule") ids.insert(script->id);
  } else if (const auto* phase = std::get_if<event::PhaseFinished>(&event.what); phase && !phase->before) {
    for (const ScriptResult& result : phase->scripts) ids.insert(result.id);
  }
}

/// Warns if the inputs are not the parts of one run, each once.
void check_parts(const std::vector<Input>& inputs) {
  std::map<unsigned, std::map<unsigned, std::string>> parts;  // count, number, input
  std::size_t whole = 0;
  for (const Input& input : inputs) {
    const auto command = stored_command(input.arguments);
    const Options::Part part = command ? command->options.shard : Options::Part();
    if (part.count <= 1) {
      ++whole;
      continue;
    }
    const auto [place, added] = parts[part.count].try_emplace(part.number, input.name);
    if (!added)
      warn(fmt::format("{}: is part {}/{} of the run, as {} is; leave one of them out", shortened(input.name),
                       part.number, part.count, shortened(place->second)));
  }
  for (const auto& [count, numbers] : parts) {
    std::vector<std::string> missing;
    for (unsigned number = 1; number <= count; ++number)
      if (!numbers.contains(number)) missing.push_back(fmt::format("{}/{}", number, count));
    if (!missing.empty())
      warn(fmt::format("the inputs lack the part{} {} of the run; the report has no hosts of {}",
                       missing.size() == 1 ? "" : "s", name_some(missing), missing.size() == 1 ? "it" : "them"));
  }
  if (parts.size() + (whole > 0 ? 1 : 0) > 1 && !parts.empty())
    warn("the inputs are parts of different divisions of a run (--shard); their hosts may overlap or be incomplete");
}

void check_command_lines(const std::vector<Input>& inputs) {
  const auto kept = [](const Input& input) {
    std::vector<std::string> words = without_options(input.arguments, kOwn);
    if (!words.empty()) words.erase(words.begin());  // the path of the program
    return words;
  };
  for (const Input& input : inputs)
    if (kept(input) != kept(inputs.front()))
      warn(fmt::format("{}: has another command line than {}; the report shows that of {}", shortened(input.name),
                       shortened(inputs.front().name), shortened(inputs.front().name)));
}

MergeOptions merge_options(const Input& first) {
  MergeOptions options;
  options.arguments = without_options(first.arguments, kPart);
  const auto command = stored_command(first.arguments);
  if (!command) return options;
  options.ordered = !command->options.port_scan && !command->options.targets_from;
  if (!command->options.shuffle_targets) options.targets = command->options.targets;
  return options;
}

/// Writes the merged reports of the inputs, and returns the exit code.
int merge_inputs(const CommandLine& wanted, std::vector<std::string> names) {
  Replay reports(wanted, names);
  RunMerge merged(names, reports);
  std::vector<Input> inputs;
  std::set<std::string> post_scan;
  for (std::size_t index = 0; index < names.size(); ++index) {
    Input& input = inputs.emplace_back(Input{names[index], {}});
    Call first_pass([&](const Event& event) {
      if (const auto* run = std::get_if<event::RunStarted>(&event.what)) input.arguments = run->arguments;
      note_post_scan(event, post_scan);
      merged.survey(index, event);
    });
    if (auto read = read_whole_run(names[index], first_pass); !read) return refuse(read.error().message);
  }
  check_parts(inputs);
  check_command_lines(inputs);
  merged.start(merge_options(inputs.front()));
  if (inputs.size() > 1 && reports.started())
    for (const std::string& id : post_scan)
      warn(fmt::format("script {}: its results at the end are those of the inputs, each of its own hosts", id));
  if (const auto shared = merged.shared_hosts(); !shared.empty())
    warn(fmt::format("several inputs have the host{} {}; the report has what they have together",
                     shared.size() == 1 ? "" : "s", name_some(shared)));
  for (std::size_t index = 0; index < names.size() && reports.started(); ++index) {
    Call second_pass([&](const Event& event) { merged.merge(index, event); });
    if (auto read = read_whole_run(names[index], second_pass, Warnings::Silent); !read) {
      merged.finish();
      reports.finish();
      return refuse(read.error().message);
    }
  }
  merged.finish();
  return reports.finish();
}

}  // namespace

int merge(const CommandLine& command) {
  CommandLine wanted = command;
  wanted.quiet = true;
  const bool to = command.to || command.to_database;
  std::vector<std::string> names = command.operands;
  if (names.size() < (to ? 2 : 1))
    return refuse(to ? "merge: needs the reports to read and the file to write: merge IN... --to FORMAT OUT"
                     : "merge: needs the reports to merge: merge IN... -oX OUT");
  if (auto added = add_last_operand(wanted); !added) return refuse(added.error().message);
  if (to) names.pop_back();
  if (wanted.outputs.empty() && !wanted.to_database && !wanted.journal)
    return refuse("merge: no report to write is named; add -oN, -oX, -oG, -oJ, --journal or --to FORMAT OUT");
  if (std::ranges::find(names, "-") != names.end())
    return refuse("merge: reads its inputs twice, and standard input can be read once; name a file");
  return merge_inputs(wanted, std::move(names));
}

}  // namespace sluice::cli
