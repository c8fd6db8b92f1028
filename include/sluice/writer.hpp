// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <sluice/export.hpp>
#include <sluice/observer.hpp>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>

namespace sluice {

/// The format of a report (docs/reports.md).
enum class Format : std::uint8_t {
  Text,      ///< Nmap's normal text
  Xml,       ///< nmap.dtd 1.05
  Grepable,  ///< Nmap's grepable text
  Json,      ///< NDJSON (docs/ndjson.md)
  Document,  ///< one JSON document, written at the end of the run
  Csv        ///< one line per port
};

/// Returns the format with this name: "text", "xml", "grepable", "ndjson", "json" or "csv". Thread-safe.
SLUICE_EXPORT std::optional<Format> parse_format(std::string_view name);

/// Options of a writer. Their defaults are those of the command.
struct WriterOptions {
  int verbosity = 0, debugging = 0;  ///< levels of -v and -d at the start of the run; event::LevelsChanged changes them
  bool reason = false;               ///< Text only: shows reasons of ports and hosts; -d and -vv show them, too
  bool versions = false;             ///< Text only: a column VERSION if a port has a version
  /// Set with -sV. Text and Grepable: "?" follows a service of an open port that is only assumed. Text: the column
  /// VERSION is always present, and the report includes the fingerprints of unrecognised services.
  bool detection = false;
  bool open_only = false;  ///< --open: only ports that may be open, and only hosts that have one
  /// Text only. True: the report for a file (-oN), with lines that begin with "#" at its beginning and end. False: the
  /// report for a terminal.
  bool file = false;
  /// Text only. True: no report, no progress and no lines of -v, only lines of -d, traces, lines that scripts log, and
  /// failures of scripts. For stderr if another format goes to standard output.
  bool diagnostics_only = false;
  /// Text only, without `file`: colours for the states of ports, failures and names of hosts (SGR of ECMA-48).
  bool colour = false;
  /// Json only: each line has the keys `seq`, the number of the event in the run, and `attempt`, and a run that goes on
  /// begins with `run_resumed`. For a reader that keeps lines: those of a pipe cannot be taken back (docs/ndjson.md).
  bool numbered = false;
  std::string stylesheet{};  ///< Xml only: the href of the stylesheet; "" for none
};

/// Returns the options of a writer for a run with these options, as the command uses them. `reason` is also set for -d
/// and -vv. The function leaves `file`, `diagnostics_only` and `stylesheet` to the caller. Thread-safe.
SLUICE_EXPORT WriterOptions writer_options(const Options& options);

/// Receives the bytes of a writer. Each call has complete lines or XML elements. The writer ignores errors of the sink.
/// The sink must record them.
using Sink = std::function<void(std::string_view bytes)>;

/// Creates a writer: an observer that converts events to bytes. The same events give the same bytes; times are in the
/// local time zone, with Json in UTC. event::RunFinished completes the report, and the writer ignores later events.
///
/// Text for a terminal has no log lines for LogTo::Error and no error of the run; the caller must write both, for
/// example to stderr. Text for a file has both, but no log lines for LogTo::Output.
///
/// An exception of the sink passes through on_event. The writer is not thread-safe.
SLUICE_EXPORT std::unique_ptr<Observer> make_writer(Format format, const WriterOptions& options, Sink sink);

}  // namespace sluice
