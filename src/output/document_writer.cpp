// SPDX-License-Identifier: Apache-2.0
#include "output/document_writer.hpp"

#include "output/json_appender.hpp"

namespace sluice::output {

void DocumentWriter::on_event(const Event& event) {
  if (part_ == Part::Finished) return;
  text_.clear();
  JsonAppender with(text_, options_, JsonAppender::HostForm::WithResults);
  // Elements of the document are on lines of their own, so that line-based programs can show it.
  if (const auto* started = std::get_if<event::RunStarted>(&event.what)) {
    if (part_ != Part::Nothing) return;
    text_ = "{\"run\":";
    with.value(*started);
    text_.insert(text_.size() - 1, ",\"start\":\"" + utc_text(event.time) + '"');
    part_ = Part::Run;
  } else if (const auto* levels = std::get_if<event::LevelsChanged>(&event.what)) {
    options_.verbosity = levels->verbosity;
    options_.debugging = levels->debugging;
  } else if (const auto* phase = std::get_if<event::PhaseFinished>(&event.what)) {
    if (phase->scripts.empty()) return;
    if (!phase->before) end_hosts();
    if (part_ == Part::Nothing) text_ += "{\"run\":{}";  // the run ended before its start
    if (part_ == Part::Nothing) part_ = Part::Run;
    text_ += phase->before ? ",\n\"prescan\":" : ",\n\"postscan\":";
    std::string results;
    JsonAppender(results, options_).value(phase->scripts);
    text_ += results;
  } else if (const auto* host = std::get_if<event::HostFinished>(&event.what)) {
    if (part_ == Part::AfterHosts || !is_reported(*host->report, options_)) return;
    begin_hosts();
    std::string report;
    JsonAppender(report, options_, JsonAppender::HostForm::WithResults).value(*host->report);
    text_ += '\n' + report;
  } else if (const auto* run = std::get_if<event::RunFinished>(&event.what)) {
    end_hosts();
    std::string finished;
    JsonAppender(finished, options_).value(*run);
    finished.insert(finished.size() - 1, ",\"end\":\"" + utc_text(event.time) + '"');
    text_ += ",\n\"finished\":" + finished + "}\n";
    part_ = Part::Finished;
  }
  if (!text_.empty()) sink_(text_);
}

void DocumentWriter::begin_hosts() {
  if (part_ == Part::Nothing) text_ += "{\"run\":{}";  // the run ended before its start
  text_ += part_ == Part::Hosts ? "," : ",\n\"hosts\":[";
  part_ = Part::Hosts;
}

void DocumentWriter::end_hosts() {
  if (part_ == Part::AfterHosts) return;
  if (part_ != Part::Hosts) {
    begin_hosts();
    text_ += ']';
  } else {
    text_ += "\n]";
  }
  part_ = Part::AfterHosts;
}

}  // namespace sluice::output
