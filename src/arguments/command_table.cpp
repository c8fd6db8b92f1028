// SPDX-License-Identifier: Apache-2.0
#include "arguments/command_table.hpp"

#include <algorithm>
#include <limits>

namespace sluice::arguments {

namespace {

using Wish = CommandLine::Wish;

constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

constexpr Term kShowExamples[] = {{"sluice show scan.db", "Show the last run of a journal."},
                                  {"sluice show @last", "Show the last run of the history."}};
constexpr Term kConvertExamples[] = {
    {"sluice convert scan.db -oX scan.xml -oN scan.txt", "Make two reports of a journal."},
    {"sluice convert @last --to sqlite tables.db", "Make tables for queries of the last run of the history."},
    {"nmap -oX - 192.0.2.1 | sluice convert - --to csv ports.csv", "Convert a report of Nmap."}};
constexpr Term kDiffExamples[] = {
    {"sluice diff @prev @last", "Compare the last two runs of the history."},
    {"sluice diff scan.db#1 scan.db", "Compare the first and the last run of a journal."},
    {"sluice diff --all nmap.xml scan.db", "Compare a report of Nmap with a run, also what only one of them asked."}};
constexpr Term kMergeExamples[] = {
    {"sluice merge part-*.db -oX scan.xml -oN scan.txt", "Make the reports of one run of those of its parts."},
    {"sluice merge part-*.db --journal scan.db", "Make one journal of several."}};
constexpr Term kHistoryExamples[] = {{"sluice history", "List the runs that are kept."},
                                     {"sluice history @last --pack baseline.db", "Keep a run for longer."},
                                     {"sluice history --json | jq -r '.[] | select(.state != \"ended\") | .file'",
                                      "List the journals of runs that did not reach their end."}};
constexpr Term kConfigExamples[] = {
    {"sluice config", "Show the settings of the files and of the environment."},
    {"sluice config --profile slow -T4", "Show what a run with these options would use."},
    {"sluice config --all -T4", "Show the limits and times of a template, too."},
    {"sluice config --json | jq -r '.options[] | select(.origin == \"file\") | .option'",
     "List the options that files give."}};
constexpr Term kConfigCodes[] = {
    {"0", "The options are shown."},
    {"2", "A file of settings cannot be read or has an error, or the command line is wrong."}};
constexpr Term kDiffCodes[] = {
    {"0", "no difference"},
    {"1", "the runs differ"},
    {"2", "A report cannot be read, the command line is wrong, or the output cannot be written."}};
constexpr Term kReportCodes[] = {{"0", "The command reached its end."},
                                 {"2", "A report cannot be read, or the command line is wrong."},
                                 {"3", "A report is not complete."}};

constexpr Term kScriptsExamples[] = {
    {"sluice scripts", "List all scripts."},
    {"sluice scripts http-title", "Show a script with its arguments and an example of its output."},
    {"sluice scripts \"vuln and not intrusive\" --search smb", "Find scripts."}};
constexpr Term kScriptsCodes[] = {{"0", "The command reached its end."},
                                  {"1", "No script has the words of `--search`."},
                                  {"2", "A rule selects no script, or the command line is wrong."},
                                  {"3", "The output cannot be written."}};

constexpr Term kCheckExamples[] = {{"sluice check my.nse", "Check a script."},
                                   {"sluice check --json scripts/", "Check all scripts of a directory."}};
constexpr Term kCheckCodes[] = {{"0", "no finding"},
                                {"1", "There are findings."},
                                {"2", "A file cannot be read, or the command line is wrong."},
                                {"3", "The output cannot be written."}};

constexpr Term kExplainExamples[] = {
    {"sluice explain --script http-title,ssl-cert 192.0.2.1:8443", "Show which of two scripts would run at a port."},
    {"sluice explain -sC --only http-enum 192.0.2.1:80", "Show why a script does not run."},
    {"sluice explain --from scan.db --script vuln", "Explain scripts for the ports and services of a stored run."}};
constexpr Term kExplainCodes[] = {{"0", "The command reached its end."},
                                  {"2", "A host, an option or a stored run is wrong."},
                                  {"3", "The output cannot be written."}};

constexpr Command kCommands[] = {
    {.name = "show",
     .wish = Wish::Show,
     .operands = "FILE",
     .help = "show the text report of a stored run",
     .text =
         "Writes the text report of FILE to standard output, as the run has shown it. FILE is a journal, a report in "
         "NDJSON (`-oJ`), or a report in XML (`-oX`) of sluice, nmap or masscan. The content of the file decides.\n\n"
         "If the run did not end, its report ends with the error \"the run did not end\". A report that is cut off "
         "gives what is complete, with a warning.",
     .page = "journal.md",
     .examples = kShowExamples,
     .exit_codes = kReportCodes},
    {.name = "convert",
     .wish = Wish::Convert,
     .operands = "FILE [OUT]",
     .max_operands = 2,
     .help = "make reports of a stored run",
     .text =
         "Makes reports of FILE: a journal, a report in NDJSON (`-oJ`), or a report in XML (`-oX`) of sluice, nmap or "
         "masscan. The reports of a journal are those that the run wrote, byte for byte, without traces, lines that "
         "the run did not show, and progress.\n\n"
         "The operand OUT is given together with `--to`. With `--to sqlite` it becomes an SQLite database with tables "
         "for queries.",
     .page = "journal.md",
     .examples = kConvertExamples,
     .exit_codes = kReportCodes},
    {.name = "merge",
     .wish = Wish::Merge,
     .operands = "FILE... [OUT]",
     .max_operands = kAnyNumber,
     .help = "make the reports of one run of those of several",
     .text =
         "Writes the reports of several runs as those of one run. For the parts of a run with `--shard` these are the "
         "reports of the run without `--shard`, except for times and, in runs that scan ports, the order of the "
         "hosts. Each FILE is a journal, a report in NDJSON, or a report in XML; it cannot be standard input, because "
         "it is read twice.\n\n"
         "The operand OUT is given together with `--to`.",
     .page = "journal.md",
     .examples = kMergeExamples,
     .exit_codes = kReportCodes},
    {.name = "history",
     .wish = Wish::History,
     .operands = "[FILE]",
     .help = "list, pack and remove the runs that are kept",
     .text = "Lists the runs of the history, or those of the journal FILE: file, number in the file, start, state, "
             "finished hosts, results of scripts, size and command. The last run is at the end.\n\n"
             "The state is `running`, `ended`, `stopped` (before its end), or `killed` (its process has ended without "
             "closing the journal).",
     .page = "keep-history.md",
     .examples = kHistoryExamples,
     .exit_codes = kReportCodes},
    {.name = "diff",
     .wish = Wish::Diff,
     .operands = "OLD NEW",
     .max_operands = 2,
     .help = "show what has changed between two runs",
     .text =
         "Shows what has changed between two runs. It compares only what both runs asked: a port that the new run did "
         "not scan is no closed port. OLD and NEW are journals, reports in NDJSON or in XML; the formats may differ. "
         "One of them may be `-`, standard input.\n\n"
         "A line begins with `-` (old), `+` (new), `~` (a host with changes) or `=` (noise, with `--why`).",
     .page = "compare-scans.md",
     .examples = kDiffExamples,
     .exit_codes = kDiffCodes},
    {.name = "scripts",
     .wish = Wish::Scripts,
     .operands = "[RULE...]",
     .operand = {Takes::Value, "RULE", ValueKind::ScriptRules},
     .max_operands = kAnyNumber,
     .help = "list, search and show scripts",
     .text =
         "Lists the scripts that the rules select, with their categories and the first sentence of their description; "
         "all scripts without a rule. The rules are those of `--script`. A single script is shown with everything "
         "that is known of it. Nothing of a script is executed.",
     .page = "scripts.md",
     .examples = kScriptsExamples,
     .exit_codes = kScriptsCodes},
    {.name = "check",
     .wish = Wish::Check,
     .operands = "FILE|DIRECTORY...",
     .operand = {Takes::Value, "FILE", ValueKind::File},
     .max_operands = kAnyNumber,
     .help = "find mistakes in scripts",
     .text =
         "Finds what authors of scripts get wrong, without running anything of them: unknown categories and fields, "
         "undeclared globals, missing documentation, wrong dependencies, unknown arguments and members of libraries. "
         "Each finding is a line: FILE:LINE: severity: text [check].",
     .page = "write-scripts.md",
     .examples = kCheckExamples,
     .exit_codes = kCheckCodes},
    {.name = "config",
     .wish = Wish::Config,
     .operands = "[TARGET...]",
     .operand = {Takes::Value, "TARGET"},
     .max_operands = kAnyNumber,
     .help = "show the options in force and their origins",
     .text = "Shows the options that a run with this command line would have: each option, its value, and where it "
             "comes from. The origin is the line of a settings file, an environment variable, the command line, or the "
             "built-in value (`default`). Options with a built-in value are shown with `--all` only, and in JSON.\n\n"
             "All options of a run may stand on the command line. Values that need the targets or this machine are "
             "checked by the run only. Nothing is scanned.",
     .page = "settings.md",
     .examples = kConfigExamples,
     .exit_codes = kConfigCodes},
    {.name = "explain",
     .wish = Wish::Explain,
     .operands = "HOST[:PORT]...",
     .operand = {Takes::Value, "HOST", ValueKind::Text},
     .max_operands = kAnyNumber,
     .help = "show which scripts would run, and why",
     .text =
         "Says for each chosen script whether its rule would let it run at the hosts and ports, and what the rule "
         "depends on: ports, services, script arguments, rights, other fields. It sends nothing and calls no action. "
         "A rule that would ask the network is shown with its request.\n\n"
         "The options are those of a run on which rules, or the choice of scripts and ports, depend. Other options of "
         "a run have no effect, and a warning names them. Those for reports, journals, settings and the terminal, and "
         "those that name other targets, are refused. Each operand is a host, or a line as for `--targets-from`: "
         "HOST:PORT/PROTOCOL,SERVICE,NAME.",
     .page = "explain.md",
     .examples = kExplainExamples,
     .exit_codes = kExplainCodes},
};

}  // namespace

std::span<const Command> command_table() { return kCommands; }

const Command* find_command(std::string_view name) {
  const auto found = std::ranges::find(kCommands, name, &Command::name);
  return found == std::end(kCommands) ? nullptr : found;
}

}  // namespace sluice::arguments
