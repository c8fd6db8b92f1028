// SPDX-License-Identifier: Apache-2.0
#include "output/xml_reader.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/text.hpp"
#include "output/escape.hpp"
#include "output/parse_text.hpp"

namespace sluice::output {

namespace {

using namespace std::chrono_literals;
using model::bytes_of;
using model::XmlAttributes;

constexpr std::size_t kPiece = std::size_t{1} << 20;  ///< bytes of one call of expat

template <class Number>
Number number_of(const XmlAttributes& attributes, std::string_view name) {
  return parse_number<Number>(attributes[name]).value_or(0);
}

int level_of(const XmlAttributes& attributes) {
  constexpr int kHighest = 100;
  return std::min(number_of<int>(attributes, "level"), kHighest);
}

}  // namespace

XmlReader::XmlReader(Observer& observer) : observer_(observer) { reset(""); }

Result<void> XmlReader::read(std::string_view bytes) {
  if (error_) return *error_;
  // Expat scans an incomplete tag again at each call. So it is called only when a '>' has arrived.
  const std::size_t tag_end = bytes.rfind('>');
  if (tag_end != std::string_view::npos) {
    Result<void> fed =
        tail_.empty() ? feed(bytes.substr(0, tag_end + 1), false) : feed(tail_.append(bytes, 0, tag_end + 1), false);
    if (!fed) return fed;
    tail_.clear();
    bytes.remove_prefix(tag_end + 1);
  }
  tail_ += bytes;
  if (tail_.size() > model::kMaxTagBytes) return fail("a tag is longer than 16 MiB");
  return {};
}

Result<void> XmlReader::finish() {
  if (error_) return *error_;
  Result<void> fed = feed(tail_, true);
  if (elements_.empty()) return fed;
  if (!started_ && start_) emit_start();
  return fail(kEndsEarly);
}

Result<void> XmlReader::feed(std::string_view bytes, bool last) {
  do {
    const std::string_view piece = bytes.substr(0, kPiece);
    bytes.remove_prefix(piece.size());
    given_ += static_cast<std::int64_t>(piece.size());
    const Parsed parsed = parse(piece, last && bytes.empty());
    if (parsed != Parsed::All) return fail(stopped().empty() ? syntax_error() : stopped());
    place_ = std::max(place_, current_place());
    if (given_ - place_ > static_cast<std::int64_t>(model::kMaxTagBytes)) return fail("a tag is longer than 16 MiB");
  } while (!bytes.empty());
  return {};
}

Result<void> XmlReader::fail(std::string_view why) {
  error_ = Error{protect(why, Keep::OneLine)}.in("line " + std::to_string(current_line()));
  return *error_;
}

void XmlReader::declare_entity() { stop("the document declares an entity, which is not allowed in a report"); }

void XmlReader::open_element(std::string_view name, const XmlAttributes& attributes) {
  if (elements_.size() == model::kMaxElementDepth) return stop("the elements are nested too deeply");
  const XmlElement outer = elements_.empty() ? XmlElement::Document : elements_.back();
  const XmlElement element = element_in(outer, name);
  if (outer == XmlElement::Document && element != XmlElement::Run)
    return stop("this is not a report of nmap: it begins with " + in_quotes("<" + shortened(name, 100) + ">") +
                " instead of <nmaprun>");
  elements_.push_back(element);
  if (host_ && !script_) {
    if (Result<void> opened = host_->open_element(element, attributes); !opened) return stop(opened.error().message);
  }
  const auto head = {XmlElement::Run, XmlElement::ScanInfo, XmlElement::Verbose, XmlElement::Debugging};
  if (std::ranges::find(head, element) == head.end()) emit_start();
  switch (element) {
    case XmlElement::Run:
      return open_run(attributes);
    case XmlElement::ScanInfo:
      return open_scan(attributes);
    case XmlElement::Verbose:
      if (start_) start_->verbosity = level_of(attributes);
      return;
    case XmlElement::Debugging:
      if (start_) start_->debugging = level_of(attributes);
      return;
    case XmlElement::Target:
      return open_target(attributes);
    case XmlElement::TaskBegin:
    case XmlElement::TaskProgress:
    case XmlElement::TaskEnd:
      return open_task(element, attributes);
    case XmlElement::PreScript:
    case XmlElement::PostScript:
      phase_ = event::PhaseFinished{element == XmlElement::PreScript, {}};
      return;
    case XmlElement::Host:
      host_.emplace(attributes);
      return;
    case XmlElement::Script:
      script_.emplace(attributes);
      return;
    case XmlElement::Table:
      return script_->open_table(attributes);
    case XmlElement::Elem:
      return script_->open_elem(attributes);
    case XmlElement::Finished:
      return open_finished(attributes);
    case XmlElement::Hosts:
      return open_hosts(attributes);
    default:
      return;
  }
}

void XmlReader::text(std::string_view part) {
  const XmlElement element = elements_.back();
  if (element == XmlElement::Script || element == XmlElement::Elem)
    script_->text(part);
  else if (element == XmlElement::Cpe)
    host_->text(part);
}

void XmlReader::close_element(std::string_view) {
  const XmlElement element = elements_.back();
  elements_.pop_back();
  switch (element) {
    case XmlElement::Table:
    case XmlElement::Elem:
      return script_->close_value();
    case XmlElement::Script:
      return close_script();
    case XmlElement::PreScript:
    case XmlElement::PostScript:
      return close_phase();
    case XmlElement::Host:
      return close_host();
    case XmlElement::Run:
      return close_run();
    default:
      if (host_ && !script_) host_->close_element(element);
  }
}

void XmlReader::open_run(const XmlAttributes& attributes) {
  start_.emplace();
  start_->arguments = command_words(bytes_of(attributes["args"]));
  time_ = parse_unix(attributes["start"]).value_or(WallTime{});
}

void XmlReader::open_scan(const XmlAttributes& attributes) {
  const auto protocol = parse_protocol(attributes["protocol"]);
  if (!start_ || !protocol) return;  // from a scan of IP protocols
  start_->scans.push_back({bytes_of(attributes["type"]), *protocol, number_of<std::size_t>(attributes, "numservices"),
                           bytes_of(attributes["services"])});
}

void XmlReader::emit_start() {
  if (started_) return;
  started_ = true;
  emit(*std::exchange(start_, std::nullopt));
}

void XmlReader::open_target(const XmlAttributes& attributes) {
  if (attributes["status"] == "skipped")
    emit(event::TargetSkipped{bytes_of(attributes["specification"]), bytes_of(attributes["reason"])});
}

void XmlReader::open_task(XmlElement element, const XmlAttributes& attributes) {
  std::string task = bytes_of(attributes["task"]), extra = bytes_of(attributes["extrainfo"]);
  time_ = parse_unix(attributes["time"]).value_or(time_);
  if (element == XmlElement::TaskProgress) {
    constexpr double kAll = 100;
    const double percent = parse_number<double>(attributes["percent"]).value_or(0);
    emit(event::TaskProgress{std::move(task), std::min(percent, kAll), number_of<std::size_t>(attributes, "remaining"),
                             parse_unix(attributes["etc"]).value_or(time_)});
  } else if (element == XmlElement::TaskBegin) {
    tasks_[task] = time_;
    emit(event::TaskStarted{std::move(task), std::move(extra)});
  } else {
    const auto begun = tasks_.extract(task);
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(begun ? time_ - begun.mapped() : 0ms);
    emit(event::TaskEnded{std::move(task), std::move(extra), std::max(elapsed, 0ms)});
  }
}

void XmlReader::close_script() {
  ScriptResult result = (*std::exchange(script_, std::nullopt)).finish(at_empty_tag());
  if (host_)
    host_->add(elements_.back(), std::move(result));
  else
    phase_->scripts.push_back(std::move(result));
}

void XmlReader::close_phase() {
  sort_by_id(phase_->scripts);
  ScriptPlace place;
  place.phase = phase_->before ? "prerule" : "postrule";
  emit_results(place, phase_->scripts);
  emit(*std::exchange(phase_, std::nullopt));
}

void XmlReader::close_host() {
  Result<HostReport> read = (*std::exchange(host_, std::nullopt)).finish();
  if (!read) return stop(read.error().message);
  const auto host = std::make_shared<const HostReport>(*std::move(read));
  if (host->end != WallTime{}) time_ = host->end;
  ScriptPlace place{"portrule", host->address, host->target_name, std::nullopt};
  for (const PortReport& port : host->ports) {
    if (!port.detail) continue;
    place.port = port.number;
    place.protocol = port.protocol;
    emit_results(place, port.detail->scripts);
  }
  emit_results({"hostrule", host->address, host->target_name, std::nullopt}, host->scripts);
  ++hosts_total_;
  const std::string_view status = status_text(*host);
  if (status == "up") ++hosts_up_;
  if (status == "down") ++hosts_down_;
  emit(event::HostFinished{host});
}

void XmlReader::emit_results(const ScriptPlace& place, const std::vector<ScriptResult>& results) {
  for (const ScriptResult& result : results) {
    event::ScriptFinished script;
    script.id = result.id;
    script.place = place;
    script.outcome = event::Outcome::Result;
    script.result = result;
    emit(std::move(script));
  }
}

void XmlReader::open_finished(const XmlAttributes& attributes) {
  time_ = parse_unix(attributes["time"]).value_or(time_);
  end_.elapsed = parse_seconds(attributes["elapsed"]).value_or(end_.elapsed);
  end_.error = bytes_of(attributes["errormsg"]);
  if (end_.error.empty() && attributes["exit"] == "error") end_.error = "the report does not give the error";
}

void XmlReader::open_hosts(const XmlAttributes& attributes) {
  has_totals_ = true;
  end_.hosts_up = number_of<std::size_t>(attributes, "up");
  end_.hosts_down = number_of<std::size_t>(attributes, "down");
  end_.hosts_total = number_of<std::size_t>(attributes, "total");
}

void XmlReader::close_run() {
  emit_start();
  if (!has_totals_) {
    end_.hosts_up = hosts_up_;
    end_.hosts_down = hosts_down_;
    end_.hosts_total = hosts_total_;
  }
  emit(std::move(end_));
}

}  // namespace sluice::output
