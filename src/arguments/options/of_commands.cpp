// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

template <ChangeFormat Format>
Done change_format(Draft& draft, std::string_view) {
  auto& format = draft.line.changes;
  if (format && *format != Format) return Error{"--json and --markdown exclude each other"};
  format = Format;
  return {};
}
constexpr Meaning kMeaningsOfAll[] = {
    {Wish::Diff, "also show what only one run asked",
     "also shows what only one run asked, each with a note; the exit code does not depend on it"},
    {Wish::Config, "also show built-in values", "also shows the options that are not given and have a built-in value"}};

Done all(Draft& draft, std::string_view) {
  draft.line.all = draft.line.compare.all = true;
  return {};
}
template <bool CompareOptions::*Option>
Done compare_with(Draft& draft, std::string_view) {
  draft.line.compare.*Option = true;
  return {};
}
Done prune(Draft& draft, std::string_view) {
  draft.line.prune = true;
  return {};
}

Done full(Draft& draft, std::string_view) {
  draft.line.full = true;
  return {};
}
Done from(Draft& draft, std::string_view value) {
  if (draft.line.from) return Error{"is given twice; name one run"};
  draft.line.from = std::string(value);
  return {};
}
Done only(Draft& draft, std::string_view value) {
  draft.line.only.emplace_back(value);
  return {};
}

constexpr Word kFormats[] = {{"text", "text report"},           {"xml", "XML report"},
                             {"grepable", "one line per host"}, {"ndjson", "one JSON object per event and line"},
                             {"json", "one JSON document"},     {"csv", "one line per port"},
                             {"sqlite", "tables for queries"}};

// Their names may be abbreviations of options of Nmap.
constexpr Option kCommandOptions[] = {
    {.name = "to",
     .value = one_of("FORMAT", kFormats),
     .own = true,
     .users = users_of(Wish::Convert, Wish::Merge),
     .apply = report_format,
     .help = "format of the last operand",
     .text =
         "the format of the last operand: `text`, `xml`, `grepable`, `ndjson`, `json`, `csv`, or `sqlite` for tables "
         "for queries ([journal.md](journal.md))"},
    {.name = "json",
     .own = true,
     .users = users_of(Wish::Diff, Wish::History, Wish::Scripts, Wish::Check, Wish::Config, Wish::Explain),
     .apply = change_format<ChangeFormat::Json>,
     .help = "write JSON",
     .text = "writes JSON instead of text"},
    {.name = "markdown",
     .own = true,
     .users = users_of(Wish::Diff),
     .apply = change_format<ChangeFormat::Markdown>,
     .help = "write a table in Markdown",
     .text = "writes a table in Markdown, for example for a ticket"},
    {.name = "all",
     .own = true,
     .users = users_of(Wish::Diff, Wish::Config),
     .apply = all,
     .help = "also show what only one run asked, or built-in values",
     .text = "also shows what only one run asked, or built-in values",
     .meanings = kMeaningsOfAll},
    {.name = "by-name",
     .own = true,
     .users = users_of(Wish::Diff),
     .apply = compare_with<&CompareOptions::by_name>,
     .help = "identify hosts by name",
     .text = "identifies hosts by name instead of address; for hosts whose addresses change"},
    {.name = "strict",
     .own = true,
     .users = users_of(Wish::Diff),
     .apply = compare_with<&CompareOptions::strict>,
     .help = "take each difference seriously",
     .text = "takes each difference seriously, also texts such as times and nonces"},
    {.name = "why",
     .own = true,
     .users = users_of(Wish::Diff),
     .apply = compare_with<&CompareOptions::why>,
     .help = "also show what is left out as noise",
     .text = "also shows what is left out as noise, and why"},
    {.name = "prune",
     .own = true,
     .users = users_of(Wish::History),
     .apply = prune,
     .help = "remove runs beyond the limits",
     .text = "removes the runs that are beyond the limits of the history, and names them"},
    {.name = "pack",
     .value = kFile,
     .own = true,
     .users = users_of(Wish::History),
     .apply = pack,
     .help = "copy a journal into one file",
     .text = "copies a journal into one file, also that of a run that was killed or goes on. FILE must not exist."},
    {.name = "search",
     .value = text_value("WORDS"),
     .own = true,
     .users = users_of(Wish::Scripts),
     .apply = search,
     .help = "only scripts that have these words",
     .text = "selects the scripts that have all of these words in their name, description, categories or arguments"},
    {.name = "full",
     .own = true,
     .users = users_of(Wish::Scripts),
     .apply = full,
     .help = "show everything about each script",
     .text = "shows everything about each script: arguments with their documentation, usage, an example of the output"},
    {.name = "from",
     .value = {Takes::Value, "RUN", ValueKind::Journal},
     .own = true,
     .users = users_of(Wish::Explain),
     .apply = from,
     .help = "take hosts and ports of a stored run",
     .text = "takes the hosts, ports and services of a stored run: a journal, a report in NDJSON or XML, or `@last`"},
    {.name = "only",
     .value = kRules,
     .own = true,
     .users = users_of(Wish::Explain),
     .apply = only,
     .help = "explain these scripts, chosen or not",
     .text = "explains these scripts only, also those that the options do not choose"},
};

}  // namespace

const OptionSection kOfCommandsSection{"Options of commands", "", kCommandOptions};

}  // namespace sluice::arguments
