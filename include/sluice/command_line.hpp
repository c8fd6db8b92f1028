// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <sluice/compare.hpp>
#include <sluice/export.hpp>
#include <sluice/journal.hpp>
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

/// When text for the user has colours: with Auto, if it goes to a terminal and the environment does not forbid them.
enum class Colour : std::uint8_t { Auto, Always, Never };

/// The content of a command line: the options of a run, and those for a terminal and report files.
struct CommandLine {
  /// What the command line requests: a run, the text of -h, that of -V, or that of --iflist; or a command that reads
  /// reports or scripts or shows the options in force, if its name is the first argument.
  enum class Wish : std::uint8_t {
    Run,
    Help,
    Version,
    Interfaces,
    Convert,
    Show,
    History,
    Diff,
    Merge,
    Scripts,
    Check,
    Config,
    Explain
  };
  Wish wish = Wish::Run;
  Options options;
  std::vector<std::string> operands;  ///< of a command that reads reports or scripts, in their order
  std::vector<OutputFile> outputs;    ///< at most one has the path "-"
  bool append_output = false;
  bool interactive = true;                                         ///< false: --noninteractive, no keys
  Colour colour = Colour::Auto;                                    ///< --color
  bool quiet = false;                                              ///< -v0: nothing on standard output
  std::optional<std::string> journal;                              ///< --journal: path
  bool no_journal = false;                                         ///< --no-journal
  JournalOptions::Sync journal_sync = JournalOptions::Sync::Full;  ///< --journal-sync
  std::optional<std::string> resume;                       ///< --resume: path; the other fields are those that change
  std::optional<std::chrono::milliseconds> resume_within;  ///< --resume-within (JournalOptions::keep_states)
  std::optional<Format> to;               ///< --to: the format of the last operand of `convert` and `merge`
  bool to_database = false;               ///< --to sqlite: the last operand becomes a ReportDatabase
  CompareOptions compare;                 ///< of `diff`
  std::optional<ChangeFormat> changes;    ///< --json, --markdown: the format of `diff`, `history`, ...; absent: text
  std::optional<std::string> search;      ///< --search of `scripts`: words
  bool full = false;                      ///< --full of `scripts`
  bool all = false;                       ///< --all of `config`, and CompareOptions::all of `diff`
  std::optional<std::string> from;        ///< --from of `explain`: name of a stored run
  std::vector<std::string> only;          ///< --only of `explain`: rules as for --script
  bool prune = false;                     ///< --prune of `history`
  std::optional<std::string> pack;        ///< --pack of `history`: path of the copy
  std::optional<std::string> config;      ///< --config: path of the file of settings
  std::optional<std::string> profile;     ///< --profile
  bool no_config = false;                 ///< --no-config
  std::vector<std::string> unset;         ///< --unset: names of options without dashes
  std::optional<std::string> stylesheet;  ///< of XML; "": none; absent: the installed one
  std::optional<std::string> meant;       ///< name of the command that the first target of a run resembles
  std::vector<std::string> warnings;      ///< requests that the run does not fulfil: one line each, no full stop
};

/// Reads a command line (docs/options.md). `arguments`: the name of the program, then the arguments. `local`: the time
/// for conversions such as %Y in names of report files. A command line without arguments requests help.
/// With -iL the targets of the command line are ignored, with a warning, as under Nmap. Options may have both.
/// Checks the syntax of options and values only. Engine::create checks CommandLine::options, for every caller.
/// Errors: InvalidOption. Thread-safe.
SLUICE_EXPORT Result<CommandLine> parse_command_line(std::span<const std::string> arguments, const std::tm& local);

/// Reads the command line of a run that goes on. `stored`: the arguments of the run (event::RunStarted::arguments).
/// `started`: local time of its start, for names of report files. `changes`: a command line with --resume; its options
/// are added to those of the run. A report replaces the one of the run in the same format.
/// Errors: InvalidOption, also for an option that a resumed run cannot change. Thread-safe.
SLUICE_EXPORT Result<CommandLine> parse_resumed_command_line(std::span<const std::string> stored,
                                                             const std::tm& started,
                                                             std::span<const std::string> changes,
                                                             const std::tm& local);

/// Returns the arguments of a run (event::RunStarted::arguments) without some options and their values. `names`: of the
/// options, in full and without dashes. Thread-safe.
SLUICE_EXPORT std::vector<std::string> without_options(std::span<const std::string> arguments,
                                                       std::span<const std::string_view> names);

/// Returns the text that -h shows; that of `diff -h` if `name` is the one of this command, and so on. Thread-safe.
SLUICE_EXPORT std::string usage(std::string_view name = {});

/// Returns the lines that -V shows. `further_libraries`: libraries of the program itself, each as "name-version".
/// Thread-safe.
SLUICE_EXPORT std::string version_text(std::span<const std::string> further_libraries = {});

/// Returns a warning, without a full stop, if `ld_preload` names a library that directs connections through a proxy
/// (Options::proxied; docs/options.md, "Under proxychains"). The warning lists the traffic that bypasses the proxy.
/// Otherwise returns nothing. `ld_preload`: value of the environment variable LD_PRELOAD. Thread-safe.
SLUICE_EXPORT std::optional<std::string> proxy_warning(std::string_view ld_preload);

}  // namespace sluice
