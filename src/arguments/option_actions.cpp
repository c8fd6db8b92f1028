// SPDX-License-Identifier: Apache-2.0
#include "arguments/option_actions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sluice/quote.hpp>
#include <sluice/typography.hpp>

#include "arguments/option_values.hpp"
#include "base/text.hpp"

namespace sluice::arguments {

namespace {

constexpr int kMaxLevel = 10;  // limit of a level that letters of -v and -d raise

/// Refuses a name that is probably a mistake.
Result<void> check_file_name(std::string_view path) {
  if (path.empty()) return Error{"the file name is empty"};
  if (path != "-" && path[0] == '-')
    return Error{fmt::format("\"{0}\" looks like an option; a file of that name is ./{0}", shortened(path))};
  if (const auto dash = find_typographic(path); dash && dash->begin == 0)
    return Error{fmt::format("\"{0}\" begins with {1}; a file of that name is ./{0}", shortened(path), dash->name)};
  return {};
}

}  // namespace

// Outputs

Result<void> add_output(Draft& draft, Format format, std::string_view path) {
  if (auto done = check_file_name(path); !done) return done;
  auto& outputs = draft.line.outputs;
  if (path == "-" && std::any_of(outputs.begin(), outputs.end(), [](const OutputFile& o) { return o.path == "-"; }))
    return Error{"only one format can go to standard output"};
  outputs.push_back({format, path == "-" ? "-" : expand_file_name(path, draft.local)});
  return {};
}

Result<void> output_all(Draft& draft, std::string_view base) {
  if (base.empty()) return Error{"the file name is empty"};
  if (base == "-") return Error{"three formats cannot go to standard output"};
  for (const auto& [format, suffix] :
       {std::pair{Format::Text, ".nmap"}, std::pair{Format::Grepable, ".gnmap"}, std::pair{Format::Xml, ".xml"}})
    if (auto done = add_output(draft, format, std::string(base) + suffix); !done) return done;
  return {};
}

// Levels

Result<void> verbose(Draft& draft, std::string_view value) {
  Options& options = draft.line.options;
  if (value.find_first_not_of('v') == std::string_view::npos) {
    options.verbosity = std::min(kMaxLevel, options.verbosity + 1 + static_cast<int>(value.size()));
    return {};
  }
  auto level = read_number<int>(value);
  if (!level) return level.error();
  options.verbosity = *level;
  draft.line.quiet = *level == 0;
  return {};
}
Result<void> debug(Draft& draft, std::string_view value) {
  Options& options = draft.line.options;
  if (value.find_first_not_of('d') == std::string_view::npos) {
    const int more = 1 + static_cast<int>(value.size());
    options.debugging = std::min(kMaxLevel, options.debugging + more);
    options.verbosity = std::min(kMaxLevel, options.verbosity + more);
    return {};
  }
  auto level = read_number<int>(value);
  if (!level) return level.error();
  options.debugging = options.verbosity = *level;
  return {};
}

// Kinds of scan and discovery

Result<void> scan_kinds(Draft& draft, std::string_view letters) {
  for (const char letter : letters) {
    const Option* const kind = find_member(std::string{'s', letter});
    if (!kind)
      return Error{fmt::format("-s{}: unknown scan type; the scan types are -sT, -sU, -sV, -sC, -sL and -sn", letter)};
    if (!kind->apply) return Error{fmt::format("-s{}: {}", letter, kind->instead)};
    if (auto done = kind->apply(draft, {}); !done) return done;
  }
  return {};
}
Result<void> ping_kinds(Draft& draft, std::string_view type) {
  const std::string name = fmt::format("P{}", type.substr(0, 1));
  const std::string_view value = type.substr(std::min<std::size_t>(1, type.size()));
  const Option* kind = find_member(name);
  if (kind && !value.empty() && kind->value.takes == Takes::Nothing) kind = nullptr;
  if (!kind)
    return Error{fmt::format("-P{}: unknown type of host discovery; the types are -Pn, -PE, -PP, -PR, -PS, -PA and -PU",
                             shortened(type))};
  if (!kind->apply) return Error{fmt::format("-P{}: {}", shortened(type), kind->instead)};
  if (auto done = kind->apply(draft, value); !done) return Error{fmt::format("-{}: {}", name, done.error().message)};
  return {};
}

Result<void> aggressive(Draft& draft, std::string_view) {
  draft.aggressive = draft.line.options.versions = draft.line.options.scripts = true;
  return {};
}

// Version detection

Result<void> version_intensity(Draft& draft, std::string_view value) {
  auto intensity = read_number<int>(value);
  if (!intensity) return intensity.error();
  draft.line.options.version_intensity = *intensity;
  return {};
}
Result<void> version_trace(Draft& draft, std::string_view) {
  Options& options = draft.line.options;
  options.version_trace = true;
  options.debugging = std::min(kMaxLevel, options.debugging + 1);
  return {};
}
Result<void> version_patience(Draft& draft, std::string_view value) {
  Options& options = draft.line.options;
  options.version_exact = value == "exact";
  options.version_patience.reset();
  if (options.version_exact) return {};
  auto time = read_time(value);
  if (!time) return Error{time.error().message + ", or exact"};
  options.version_patience = *time;
  return {};
}

// Addresses

Result<void> choose_family(Draft& draft, Family wanted) {
  if (draft.family && *draft.family != wanted) return Error{"-4 and -6 exclude each other"};
  draft.family = draft.line.options.family = wanted;
  return {};
}
Result<void> source(Draft& draft, std::string_view value) {
  const auto address = Address::parse(value);
  if (!address) return Error{fmt::format("\"{}\" is not a numeric address", shortened(value))};
  draft.line.options.source = *address;
  return {};
}
Result<void> dns_servers(Draft& draft, std::string_view value) {
  auto servers = split_list(value);
  if (servers.empty()) return Error{"the list is empty"};
  draft.line.options.dns_servers = std::move(servers);
  return {};
}
Result<void> exclude(Draft& draft, std::string_view value) {
  auto parts = split_list(value);
  if (parts.empty() && !value.empty()) return Error{"the list is empty"};
  auto& all = draft.line.options.exclude;
  all.insert(all.end(), parts.begin(), parts.end());
  return {};
}

// Others

Result<void> timing(Draft& draft, std::string_view value) {
  auto level = read_timing(value);
  if (!level) return level.error();
  draft.line.options.timing = *level;
  return {};
}
Result<void> script_memory(Draft& draft, std::string_view value) {
  auto size = read_size(value);
  if (!size) return size.error();
  draft.line.options.script_memory = *size;
  return {};
}
Result<void> workers(Draft& draft, std::string_view value) {
  auto count = value == "auto" ? Result<unsigned>(0u) : read_number<unsigned>(value);
  if (!count) return Error{count.error().message + " (auto: one per core)"};
  if (*count == 0 && value != "auto") return Error{"0 is not between 1 and 1024 (auto: one per core)"};
  draft.line.options.workers = *count;
  return {};
}
Result<void> packet_trace(Draft& draft, std::string_view) {
  draft.line.options.packet_trace = draft.line.options.script_trace = true;
  return {};
}
Result<void> append_output(Draft& draft, std::string_view) {
  draft.line.append_output = true;
  return {};
}
Result<void> report_format(Draft& draft, std::string_view value) {
  const bool database = value == "sqlite";
  const auto format = parse_format(value);
  if (!format && !database)
    return Error{fmt::format("\"{}\" is no format; the formats are text, xml, grepable, ndjson, json, csv and sqlite",
                             shortened(value))};
  draft.line.to = format;
  draft.line.to_database = database;
  return {};
}
Result<void> journal(Draft& draft, std::string_view value) {
  if (draft.line.journal) return Error{"is given twice; a run has one journal"};
  if (auto done = check_file_name(value); !done) return done;
  if (value == "-") return Error{"a journal cannot go to standard output; name a file"};
  if (draft.line.no_journal) return Error{"excludes --no-journal; leave one of them out"};
  draft.line.journal = expand_file_name(value, draft.local);
  return {};
}
Result<void> resume(Draft& draft, std::string_view value) {
  if (draft.line.resume) return Error{"is given twice; a run has one journal"};
  if (auto done = check_file_name(value); !done) return done;
  draft.line.resume = std::string(value);
  return {};
}
Result<void> resume_within(Draft& draft, std::string_view value) {
  const auto time = read_time(value);
  if (!time) return time.error();
  draft.line.resume_within = *time;
  return {};
}
Result<void> no_journal(Draft& draft, std::string_view) {
  if (draft.line.journal) return Error{"excludes --journal; leave one of them out"};
  draft.line.no_journal = true;
  return {};
}
Result<void> pack(Draft& draft, std::string_view value) {
  if (draft.line.pack) return Error{"is given twice; name one file"};
  if (auto done = check_file_name(value); !done) return done;
  if (value == "-") return Error{"a journal cannot go to standard output; name a file"};
  draft.line.pack = std::string(value);
  return {};
}
Result<void> search(Draft& draft, std::string_view value) {
  if (draft.line.search) return Error{"is given twice; put all words into one option"};
  if (trim(value).empty()) return Error{"the value is empty; give words to find"};
  draft.line.search = std::string(value);
  return {};
}
Result<void> journal_sync(Draft& draft, std::string_view value) {
  if (value != "full" && value != "normal")
    return Error{fmt::format("\"{}\" is neither full nor normal", shortened(value))};
  draft.line.journal_sync = value == "full" ? JournalOptions::Sync::Full : JournalOptions::Sync::Normal;
  return {};
}
Result<void> colour(Draft& draft, std::string_view value) {
  if (value != "auto" && value != "always" && value != "never")
    return Error{fmt::format("\"{}\" is neither auto nor always nor never", shortened(value))};
  draft.line.colour = value == "auto" ? Colour::Auto : value == "always" ? Colour::Always : Colour::Never;
  return {};
}
Result<void> stylesheet(Draft& draft, std::string_view value) {
  if (value.empty()) return Error{"the value is empty; use --no-stylesheet for reports without one"};
  draft.line.stylesheet = std::string(value);
  return {};
}
Result<void> no_stylesheet(Draft& draft, std::string_view) {
  draft.line.stylesheet = "";
  return {};
}
Result<void> web_stylesheet(Draft& draft, std::string_view) {
  draft.line.stylesheet = "https://svn.nmap.org/nmap/docs/nmap.xsl";
  return {};
}
Result<void> wish_for(Draft& draft, CommandLine::Wish wish) {
  if (draft.line.wish == CommandLine::Wish::Run || wish == CommandLine::Wish::Help) draft.line.wish = wish;
  return {};
}

}  // namespace sluice::arguments
