#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <sluice/export.hpp>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <sluice/writer.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A report file that a command line names.
struct OutputFile {
  Format format = Format::Text;
  std::string path;  ///< "-" for standard output
  friend bool operator==(const OutputFile&, const OutputFile&) = default;
};

/// The meaning of a command line: the options of a run, and what only a program at a terminal needs.
struct CommandLine {
  /// What the user asks for: a run, the text of -h, that of -V, or that of --iflist.
  enum class Wish : std::uint8_t { Run, Help, Version, Interfaces };
  Wish wish = Wish::Run;
  Options options;
  std::vector<OutputFile> outputs;  ///< at most one has the path "-"
  bool append_output = false;
  bool interactive = true;                ///< false: --noninteractive, no keys
  bool quiet = false;                     ///< -v0: nothing on standard output
  std::optional<std::string> stylesheet;  ///< of XML; "": none; absent: the installed one
  std::vector<std::string> warnings;      ///< one line each, without a full stop; the run can start
};

/// Reads a command line. docs/options.md lists every option. `arguments[0]` is the name of the program. `local` is the
/// time that the names of report files may contain. A command line without arguments asks for help.
/// Only the syntax is checked: how options and their values are written, and options that cannot be given together.
/// Engine::create checks the values and the combinations of CommandLine::options, for every caller.
/// Errors: ErrorCode::InvalidOption; one line that names the option and the value. Thread-safe.
SLUICE_EXPORT Result<CommandLine> parse_command_line(std::span<const std::string> arguments, const std::tm& local);

/// Returns the text that -h shows. Thread-safe.
SLUICE_EXPORT std::string usage();

/// Returns the lines that -V shows. `further_libraries`: libraries of the program, each as "name-version", which follow
/// those of sluice. Thread-safe.
SLUICE_EXPORT std::string version_text(std::span<const std::string> further_libraries = {});

/// Returns a warning if `ld_preload`, the value of the environment variable LD_PRELOAD, names a library that leads
/// connections through a proxy (see Options::proxied). The warning names what does not go through the proxy. Returns
/// nothing for other values. Thread-safe.
SLUICE_EXPORT std::optional<std::string> proxy_warning(std::string_view ld_preload);

}  // namespace sluice
