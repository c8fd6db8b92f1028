// SPDX-License-Identifier: Apache-2.0
#include "output/json_writer.hpp"

#include "output/ignored_ports.hpp"

namespace sluice::output {

using HostForm = JsonAppender::HostForm;

void JsonWriter::on_event(const Event& event) {
  if (finished_) return;
  note(event);
  finished_ = std::holds_alternative<event::RunFinished>(event.what);
  std::visit([&](const auto& what) { write(what, event.time); }, event.what);
}

void JsonWriter::note(const Event& event) {
  ++number_;
  if (const auto* run = std::get_if<event::RunStarted>(&event.what); run && content_ == Content::Journal) {
    options_.verbosity = run->verbosity;
    options_.debugging = run->debugging;
  } else if (const auto* levels = std::get_if<event::LevelsChanged>(&event.what)) {
    options_.verbosity = levels->verbosity;
    options_.debugging = levels->debugging;
  } else if (const auto* resumed = std::get_if<event::RunResumed>(&event.what)) {
    number_ = resumed->events + 1;
    attempt_ = resumed->attempt;
  }
}

void JsonWriter::write(const event::RunResumed& run, WallTime time) {
  if (content_ == Content::Journal || options_.numbered) write_line(run, time);
}

void JsonWriter::write(const event::TargetResolved& target, WallTime time) {
  if (content_ == Content::Journal) write_line(target, time);
}

void JsonWriter::write(const event::TargetsRead& targets, WallTime time) {
  if (content_ == Content::Journal) write_line(targets, time);
}

void JsonWriter::write(const event::TargetsAdded& targets, WallTime time) {
  if (content_ == Content::Journal) write_line(targets, time);
}

void JsonWriter::write(const event::ScriptCrashed& script, WallTime time) {
  if (content_ == Content::Journal) write_line(script, time);
}

void JsonWriter::write(const event::PortsScanned& host, WallTime time) {
  if (content_ != Content::Journal) return;
  write_line(kPortsScanned, *host.report, time, HostForm::States, [&](JsonAppender& with) {
    if (host.all) with.required("all", true, "");
  });
}

void JsonWriter::write(const event::HostScanned& host, WallTime time) {
  if (content_ == Content::Journal) write_line(kHostScanned, *host.report, time, HostForm::States, [](auto&) {});
}

void JsonWriter::write(const event::HostStarted& host, WallTime time) {
  OpenHosts& open = open_[{host.address, host.target_name}];
  open.shared = ++open.count > 1 || open.shared;
  write_line(host, time);
}

void JsonWriter::write(const event::HostWaits& host, WallTime time) {
  if (content_ == Content::Journal) waiting_[host.report.get()] = ++waits_;
  write_host(*host.report, time, waits_);
}

void JsonWriter::write(const event::HostFinished& host, WallTime time) {
  if (!host.waited) return write_host(*host.report, time, 0);
  if (const auto found = waiting_.find(host.report.get()); found != waiting_.end()) {
    write_line(HostReported{found->second}, time);
    waiting_.erase(found);
  }
}

void JsonWriter::write_host(const HostReport& host, WallTime time, std::uint64_t waits) {
  const auto open = open_.find({host.address, host.target_name});
  const bool shared = open != open_.end() && open->second.shared;
  if (open != open_.end() && --open->second.count == 0) open_.erase(open);
  if (content_ == Content::Report && !is_reported(host, options_)) return;
  write_line(kTitle<HostReport>.name, host, time, shared ? HostForm::WithResults : HostForm::Plain,
             [&](JsonAppender& with) {
               if (waits > 0) with.required("waits", waits, "");
               if (!shared) return;
               with.required("own_results", true, "");
               with.scripts(host.scripts);
             });
}

template <class What, class Add>
void JsonWriter::write_line(std::string_view event, const What& what, WallTime time, HostForm form, Add add) {
  line_.clear();
  JsonText json(line_);
  json.begin('{');
  json.key("event");
  json.word(event);
  json.key("time");
  json.word(utc_text(time));
  JsonAppender with(line_, options_, form);
  if (options_.numbered) {
    with.required("seq", number_, "");
    if constexpr (!std::is_same_v<What, event::RunResumed>) with.required("attempt", attempt_, "");
  }
  fields(with, what);
  add(with);
  json.end('}');
  line_ += '\n';
  sink_(line_);
}

}  // namespace sluice::output
