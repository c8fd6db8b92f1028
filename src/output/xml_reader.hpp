// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <sluice/report_reader.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/expat_parser.hpp"
#include "output/xml_element.hpp"
#include "output/xml_host_reader.hpp"
#include "output/xml_script_reader.hpp"

namespace sluice::output {

/// Error of a report that does not reach its end.
constexpr const char* kEndsEarly = "the report is incomplete, as after a run that was killed";

/// Converts an XML report to events. Elements without a meaning for sluice are skipped. A report that declares entities
/// is refused. The nesting depth, the size of a tag and the number of ports of a host are limited. Not thread-safe.
class XmlReader final : public ReportReader, model::ExpatParser {
 public:
  /// `observer` must outlive the reader.
  explicit XmlReader(Observer& observer);

  Result<void> read(std::string_view bytes) override;
  Result<void> finish() override;

 private:
  void open_element(std::string_view name, const model::XmlAttributes& attributes) override;
  void text(std::string_view part) override;
  void close_element(std::string_view name) override;
  void declare_entity() override;

  /// Opens an element of the run.
  void open_run(const model::XmlAttributes& attributes);
  void open_scan(const model::XmlAttributes& attributes);
  void open_target(const model::XmlAttributes& attributes);
  void open_task(XmlElement element, const model::XmlAttributes& attributes);
  void open_finished(const model::XmlAttributes& attributes);
  void open_hosts(const model::XmlAttributes& attributes);
  /// Handles the end of a <script>, a <prescript> or <postscript>, a <host>, and the run.
  void close_script();
  void close_phase();
  void close_host();
  void close_run();

  template <class What>
  void emit(What what) {
    observer_.on_event({time_, std::move(what)});
  }
  /// Emits event::RunStarted if that has not been done.
  void emit_start();
  /// Emits event::ScriptFinished for each result.
  void emit_results(const ScriptPlace& place, const std::vector<ScriptResult>& results);

  Result<void> feed(std::string_view bytes, bool last);
  Result<void> fail(std::string_view why);

  Observer& observer_;
  std::vector<XmlElement> elements_;  ///< open elements, outermost first
  WallTime time_;                     ///< of the next event: the last time that was read
  std::optional<event::RunStarted> start_;
  std::optional<event::PhaseFinished> phase_;
  std::optional<XmlHostReader> host_;
  std::optional<XmlScriptReader> script_;
  std::map<std::string, WallTime> tasks_;  ///< start of the tasks that have not ended
  event::RunFinished end_;
  std::size_t hosts_up_ = 0, hosts_down_ = 0, hosts_total_ = 0;  ///< hosts so far, for a report without <hosts>
  bool has_totals_ = false, started_ = false;

  std::string tail_;        ///< bytes that were not parsed, because no '>' follows
  std::int64_t given_ = 0;  ///< number of bytes that were parsed
  std::int64_t place_ = 0;  ///< index of the last tag that expat has passed
  std::optional<Error> error_;
};

}  // namespace sluice::output
