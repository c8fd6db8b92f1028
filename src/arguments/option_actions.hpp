#pragma once

#include <string_view>

#include "arguments/option_table.hpp"

namespace sluice::arguments {

// What the options do that more than store a value. Each reads its value into the draft; errors lack the option's name,
// but for those of -s and -P, which name the member of the family.

Result<void> add_output(Draft& draft, Format format, std::string_view path);
/// -oA: text, grepable and XML.
Result<void> output_all(Draft& draft, std::string_view base);

// Nothing or a repetition of the letter raises the level, a number sets it.
Result<void> verbose(Draft& draft, std::string_view value);
Result<void> debug(Draft& draft, std::string_view value);

/// The letters behind -s.
Result<void> scan_kinds(Draft& draft, std::string_view letters);
/// What stands behind -P.
Result<void> ping_kinds(Draft& draft, std::string_view kind);
/// -A: -sV and -sC. The rest of what it asks for is left out, with a warning.
Result<void> aggressive(Draft& draft, std::string_view);

Result<void> version_intensity(Draft& draft, std::string_view value);
/// Traces version detection, and raises the debugging level by one, but not the verbosity, as Nmap does.
Result<void> version_trace(Draft& draft, std::string_view);
/// "exact" or a time. The last one counts.
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
Result<void> stylesheet(Draft& draft, std::string_view value);
Result<void> no_stylesheet(Draft& draft, std::string_view);
Result<void> web_stylesheet(Draft& draft, std::string_view);
/// The first of -h and -V counts.
Result<void> wish_for(Draft& draft, CommandLine::Wish wish);

}  // namespace sluice::arguments
