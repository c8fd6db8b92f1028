#pragma once

#include <ctime>
#include <optional>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <sluice/writer.hpp>
#include <span>
#include <string>
#include <vector>

namespace sluice::cli {

/// One report that is wanted. "-" is standard output.
struct OutputFile {
  Format format = Format::Text;
  std::string path;
  friend bool operator==(const OutputFile&, const OutputFile&) = default;
};

/// What a command line asks for.
struct Command {
  enum class Wish : std::uint8_t { Run, Help, Version, Interfaces };
  Wish wish = Wish::Run;
  Options options;
  std::vector<OutputFile> outputs;  ///< beside the report on standard output; at most one has the path "-"
  bool append_output = false;
  bool interactive = true;                ///< false: --noninteractive, no keys
  bool quiet = false;                     ///< -v0: nothing on standard output
  std::optional<std::string> stylesheet;  ///< of XML; "" for none; nothing: the installed one
  std::vector<std::string> warnings;      ///< lines for the user, the run goes on
};

/// Reads the arguments (`arguments[0]` is the program). docs/options.md lists every option. An error is one line that
/// names the option and the value, and nothing is to be started then (code 2). No arguments at all asks for help.
/// `local` is the time that stands in the names of output files.
Result<Command> parse_options(std::span<const std::string> arguments, const std::tm& local);

/// The usage text, as -h shows it.
std::string usage();
/// The lines of -V. The second one is what wrappers of Nmap look for.
std::string version_text();

}  // namespace sluice::cli
