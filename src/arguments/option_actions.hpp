// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "arguments/option_table.hpp"

namespace sluice::arguments {

// Actions of options that do more than store one value. Each applies one occurrence to the draft. Messages of errors
// lack the name of the option; those of -s and -P name the member of the family.

/// Adds a report file.
Result<void> add_output(Draft& draft, Format format, std::string_view path);
/// -oA: adds the reports in text, grepable text and XML.
Result<void> output_all(Draft& draft, std::string_view base);

// -v and -d: no value, or repetitions of the letter, raise the level; a number sets it.
Result<void> verbose(Draft& draft, std::string_view value);
Result<void> debug(Draft& draft, std::string_view value);

/// -s: `letters` are the scan types, each a member of the family.
Result<void> scan_kinds(Draft& draft, std::string_view letters);
/// -P: `type` is a member of the family, with or without ports.
Result<void> ping_kinds(Draft& draft, std::string_view type);
/// -A: means -sV and -sC. A warning says that the run leaves out the rest.
Result<void> aggressive(Draft& draft, std::string_view);

Result<void> version_intensity(Draft& draft, std::string_view value);
/// --version-trace: also raises the debugging level by one, but not the verbosity, as Nmap does.
Result<void> version_trace(Draft& draft, std::string_view);
/// --version-patience: "exact" or a time. The last one counts.
Result<void> version_patience(Draft& draft, std::string_view value);

Result<void> choose_family(Draft& draft, Family wanted);
Result<void> source(Draft& draft, std::string_view value);
Result<void> dns_servers(Draft& draft, std::string_view value);
Result<void> exclude(Draft& draft, std::string_view value);

Result<void> timing(Draft& draft, std::string_view value);
Result<void> script_memory(Draft& draft, std::string_view value);
Result<void> workers(Draft& draft, std::string_view value);
Result<void> packet_trace(Draft& draft, std::string_view);
Result<void> append_output(Draft& draft, std::string_view);
Result<void> report_format(Draft& draft, std::string_view value);
Result<void> journal(Draft& draft, std::string_view value);
Result<void> resume(Draft& draft, std::string_view value);
Result<void> resume_within(Draft& draft, std::string_view value);
Result<void> journal_sync(Draft& draft, std::string_view value);
Result<void> no_journal(Draft& draft, std::string_view value);
Result<void> pack(Draft& draft, std::string_view value);
Result<void> search(Draft& draft, std::string_view value);
/// --color: "auto", "always" or "never".
Result<void> colour(Draft& draft, std::string_view value);
Result<void> stylesheet(Draft& draft, std::string_view value);
Result<void> no_stylesheet(Draft& draft, std::string_view);
Result<void> web_stylesheet(Draft& draft, std::string_view);
/// -h, -V, --iflist: the first one counts.
Result<void> wish_for(Draft& draft, CommandLine::Wish wish);

}  // namespace sluice::arguments
