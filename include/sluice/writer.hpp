#pragma once

#include <functional>
#include <memory>
#include <sluice/export.hpp>
#include <sluice/observer.hpp>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>

namespace sluice {

/// The formats of a report: Nmap's normal text, XML (nmap.dtd 1.05), grepable text, and one JSON object per event.
enum class Format : std::uint8_t { Text, Xml, Grepable, Json };

struct WriterOptions {
  int verbosity = 0, debugging = 0;
  bool reason = false;    ///< a REASON column
  bool versions = false;  ///< Text only: a VERSION column, if there is anything to stand in it
  /// Text and Grepable: services were detected (-sV). Services of open ports that are only assumed have a "?"; the text
  /// report has a VERSION column in any case, the fingerprints of services and a line at its end.
  bool detection = false;
  bool open_only = false;  ///< --open
  bool file = false;       ///< Text only: -oN's "#" lines instead of the terminal's banner
  /// Text only: what a user still has to see who reads the report in another format: lines of -d, traces, what scripts
  /// log, scripts that were stopped. No report, no progress, no lines of -v.
  bool diagnostics_only = false;
  std::string stylesheet{};  ///< Xml only: href of the stylesheet, "" for none
};

/// Returns the options of a writer that follow from those of a run: the reports then have what the command's have. The
/// REASON column is there with -d and -vv, too. `file`, `diagnostics_only` and `stylesheet` are left to the caller.
/// Thread-safe.
SLUICE_EXPORT WriterOptions writer_options(const Options& options);

/// Where a writer puts its bytes; called with whole lines or elements. Errors of the sink are the owner's matter.
using Sink = std::function<void(std::string_view bytes)>;

/// A pure function from events to bytes: the same events give the same bytes (times are shown in the local zone).
/// Whatever happens, an event::RunFinished makes the output complete and well-formed; what comes after it is ignored.
/// Text on the terminal leaves lines for LogTo::Error and the error of a run to whoever owns stderr; -oN has the
/// report, the lines for LogTo::Error and that error, but no lines for LogTo::Output, as Nmap's has.
SLUICE_EXPORT std::unique_ptr<Observer> make_writer(Format format, const WriterOptions& options, Sink sink);

}  // namespace sluice
