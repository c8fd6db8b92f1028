// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sluice/script_check.hpp>

#include "cli/print.hpp"
#include "cli/run.hpp"
#include "cli/script_commands.hpp"

namespace sluice::cli {

namespace {

constexpr int kFindings = 1;

std::string text_of(const std::vector<ScriptFinding>& findings) {
  std::string text;
  for (const ScriptFinding& finding : findings)
    text += terminal_text(fmt::format("{}:{}: {}: {} [{}]", finding.path, finding.line, to_text(finding.severity),
                                      finding.text, finding.check)) +
            '\n';
  return text;
}

std::string json_of(const std::vector<ScriptFinding>& findings) {
  using Json = nlohmann::ordered_json;
  Json array = Json::array();
  for (const ScriptFinding& finding : findings)
    array.push_back({{"file", finding.path},
                     {"line", finding.line},
                     {"severity", to_text(finding.severity)},
                     {"text", finding.text},
                     {"check", finding.check}});
  return array.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

int check(const CommandLine& command) {
  if (command.operands.empty()) return refuse("check: needs a script or a directory: check FILE.nse");
  const auto findings = check_scripts(command.operands, {.datadir = command.options.datadir, .read_environment = true});
  if (!findings) return refuse(findings.error().in("check").message);
  return print(command.changes ? json_of(*findings) : text_of(*findings), findings->empty() ? kFinished : kFindings);
}

}  // namespace sluice::cli
