// SPDX-License-Identifier: Apache-2.0
#include "output/json_writer.hpp"

#include "output/ignored_ports.hpp"
#include "output/json_appender.hpp"

namespace sluice::output {

void JsonWriter::on_event(const Event& event) {
  if (finished_) return;
  if (const auto* levels = std::get_if<event::LevelsChanged>(&event.what)) {
    options_.verbosity = levels->verbosity;
    options_.debugging = levels->debugging;
  }
  finished_ = std::holds_alternative<event::RunFinished>(event.what);
  std::visit([&](const auto& what) { write(what, event.time); }, event.what);
}

void JsonWriter::write(const event::HostScanned&, WallTime) {}

void JsonWriter::write(const event::HostWaits& host, WallTime time) { write_host(*host.report, time, true); }

void JsonWriter::write(const event::HostFinished& host, WallTime time) {
  if (!host.waited)
    write_host(*host.report, time, false);
  else if (content_ == Content::Journal)
    write_line(HostReported{host.report->address, host.report->target_name}, time);
}

void JsonWriter::write_host(const HostReport& host, WallTime time, bool waits) {
  if (content_ == Content::Journal || is_reported(host, options_)) write_line(host, time, waits);
}

template <class What>
void JsonWriter::write_line(const What& what, WallTime time, bool waits) {
  line_.clear();
  JsonText json(line_);
  json.begin('{');
  json.key("event");
  json.word(kTitle<What>.name);
  json.key("time");
  json.word(utc_text(time));
  JsonAppender with(line_, options_);
  fields(with, what);
  if (waits && content_ == Content::Journal) with.required("waits", true, "");
  json.end('}');
  line_ += '\n';
  sink_(line_);
}

}  // namespace sluice::output
