// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

constexpr std::string_view kNoHelp = "there is no terminal; see docs/options.md";
constexpr std::string_view kNoColours = "there is no terminal; leave it out";
constexpr std::string_view kNoVersion = "there is no terminal; use sluice_version()";

/// In the order of Colour.
constexpr Word kColours[] = {
    {"auto", "at a terminal (the default)"}, {"always", "also in pipes, for a pager"}, {"never", "no colours"}};

Done verbose_twice(Draft& draft, std::string_view) { return verbose(draft, "v"); }
Done no_keys(Draft& draft, std::string_view) {
  draft.line.interactive = false;
  return {};
}

std::string built_in_colour(const CommandLine& line) {
  return std::string(kColours[static_cast<std::size_t>(line.colour)].text);
}

constexpr Option kGeneralOptions[] = {
    {.name = "v",
     .value = optional_value("LEVEL"),
     .users = kRunAndExplain,
     .resumable = true,
     .apply = verbose,
     .help = "raise the verbosity; -vN sets it",
     .text = "raises or sets the verbosity: 0 to 10. `-vv` raises it by two. `-v0` turns the text report on standard "
             "output off.",
     .built_in = shown<&Options::verbosity>},
    {.name = "verbose",
     .value = optional_value("LEVEL"),
     .alias = true,
     .users = kRunAndExplain,
     .resumable = true,
     .apply = verbose},
    {.name = "vv", .alias = true, .users = kRunAndExplain, .resumable = true, .apply = verbose_twice},
    {.name = "d",
     .value = optional_value("LEVEL"),
     .users = kRunAndExplain,
     .resumable = true,
     .apply = debug,
     .help = "raise the debugging level; -dN sets it",
     .text = "raises or sets the debugging level: 0 to 10; the verbosity changes with it",
     .built_in = shown<&Options::debugging>},
    {.name = "debug",
     .value = optional_value("LEVEL"),
     .alias = true,
     .users = kRunAndExplain,
     .resumable = true,
     .apply = debug},
    {.name = "stats-every",
     .value = kTime,
     .resumable = true,
     .apply = time<&Options::stats_every>,
     .help = "print statistics in this interval",
     .text = "prints statistics in this interval; more than 0"},
    {.name = "noninteractive",
     .resumable = true,
     .apply = no_keys,
     .help = "read no keys, and show no status block",
     .text = "turns the [keys](#keys) and the [status block](#status-block) off"},
    {.name = "color",
     .value = one_of("auto|always|never", kColours),
     .own = true,
     .users = kReportWriters,
     .resumable = true,
     .apply = colour,
     .help = "colours in the text report and messages",
     .text = "says when the text report and messages have [colours](#colours): at a terminal (`auto`, the default), "
             "always or never",
     .instead_embedded = kNoColours,
     .built_in = built_in_colour},
    {.name = "log-errors",
     .resumable = true,
     .apply = nothing,
     .help = "accepted without effect",
     .text = "accepted without effect: sluice always does so"},
    {.name = "release-memory", .resumable = true, .apply = nothing, .help = "accepted without effect"},
    {.name = "V",
     .apply = wish<Wish::Version>,
     .help = "print the version",
     .text = "prints the version. The second line names the version of Nmap whose options, scripts and reports sluice "
             "supports, in the form that wrappers look for. The third line names the libraries.",
     .instead_embedded = kNoVersion,
     .instead_in_settings = kNoRun},
    {.name = "version",
     .alias = true,
     .apply = wish<Wish::Version>,
     .instead_embedded = kNoVersion,
     .instead_in_settings = kNoRun},
    {.name = "h",
     .users = kAllCommands,
     .resumable = true,
     .apply = wish<Wish::Help>,
     .help = "print this text",
     .text = "prints the usage text, for a command that of the command",
     .instead_embedded = kNoHelp,
     .instead_in_settings = kNoRun},
    {.name = "help",
     .alias = true,
     .users = kAllCommands,
     .resumable = true,
     .apply = wish<Wish::Help>,
     .instead_embedded = kNoHelp,
     .instead_in_settings = kNoRun},
};

}  // namespace

const OptionSection kGeneralSection{"Verbosity and help", "", kGeneralOptions};

}  // namespace sluice::arguments
