// SPDX-License-Identifier: Apache-2.0
#include <sluice/quote.hpp>
#include <sluice/report_reader.hpp>
#include <sluice/scan_log.hpp>
#include <string_view>
#include <utility>

#include "base/text_file.hpp"
#include "output/parse_text.hpp"
#include "output/phrases.hpp"

namespace sluice {

namespace {

constexpr std::string_view kStarted = " scan initiated ", kCommand = " as: ";

Error no_log(const std::string& path) {
  return {shortened(path) + ": is neither a journal nor a report in text, grepable or XML (-oN, -oG, -oX) of a run",
          ErrorCode::UnreadableFile};
}

/// Collects the contents of an XML report.
class Collector final : public Observer {
 public:
  explicit Collector(ScanLog& log) : log_(log) {}
  void on_event(const Event& event) override {
    if (const auto* run = std::get_if<event::RunFinished>(&event.what)) {
      log_.ended = run->error.empty() && run->not_sent.empty();
      return;
    }
    if (const auto* run = std::get_if<event::RunStarted>(&event.what)) log_.arguments = run->arguments;
    if (const auto* host = std::get_if<event::HostFinished>(&event.what)) {
      if (host->report->interrupted || !host->report->incomplete.empty()) return;  // is scanned again
      count(*host->report);
    }
    log_.events.push_back(event);
  }

 private:
  void count(const HostReport& host) {
    log_.finished.insert(host.address);
    const std::string_view status = status_text(host);
    if (status == "up") ++log_.hosts_up;
    if (status == "down") ++log_.hosts_down;
  }

  ScanLog& log_;
};

Result<ScanLog> read_xml(const std::string& path, const std::string& text) {
  ScanLog log;
  log.format = Format::Xml;
  Collector collector(log);
  auto reader = make_reader(Format::Xml, collector);
  if (!reader) return reader.error().in(shortened(path));
  if (auto read = (*reader)->read(text); !read) return read.error().in(shortened(path));
  (void)(*reader)->finish();  // the end may be missing
  if (log.arguments.empty()) return no_log(path);
  return log;
}

/// Returns the next complete line, and removes it from `text`.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

/// Returns the address in "NAME (ADDRESS)" or "ADDRESS".
std::optional<Address> address_in(std::string_view words) {
  const std::size_t open = words.find('(');
  if (open != std::string_view::npos) words = words.substr(open + 1, words.find(')') - open - 1);
  return Address::parse(std::string(words));
}

/// Reads the lines about hosts of a text or grepable report.
class HostLines {
 public:
  explicit HostLines(ScanLog& log) : log_(log) {}
  void take(std::string_view line);

 private:
  ScanLog& log_;
  std::optional<Address> last_;  ///< of the last host
};

void HostLines::take(std::string_view line) {
  constexpr std::string_view kIncomplete = "Incomplete: ", kGrepableIncomplete = "# Incomplete: ";
  constexpr std::string_view kText = "Nmap scan report for ", kGrepable = "Host: ", kDown = " [host down";
  std::optional<Address> address;
  bool down = false;
  if (line.starts_with(kText)) {
    line.remove_prefix(kText.size());
    const std::size_t state = line.find(kDown);
    down = state != std::string_view::npos;
    address = address_in(line.substr(0, state));
  } else if (line.starts_with(kGrepable)) {
    log_.format = Format::Grepable;
    line.remove_prefix(kGrepable.size());
    address = Address::parse(std::string(line.substr(0, line.find(' '))));
    down = line.find("Status: Down") != std::string_view::npos;
  }
  const bool incomplete = line.starts_with(kIncomplete) || line.starts_with(kGrepableIncomplete);
  if (incomplete && last_ && log_.finished.erase(*last_) > 0) --log_.hosts_up;  // is scanned again
  if (!address) return;
  if (log_.finished.insert(*address).second) ++(down ? log_.hosts_down : log_.hosts_up);
  last_ = address;
}

Result<ScanLog> read_lines(const std::string& path, std::string_view text) {
  ScanLog log;
  text = text.substr(0, text.rfind('\n') + 1);
  log.size = text.size();
  const std::string_view first = take_line(text);
  const std::size_t started = first.find(kStarted), command = first.find(kCommand, started);
  if (!first.starts_with("# ") || started == std::string_view::npos || command == std::string_view::npos)
    return no_log(path);
  log.arguments = output::command_words(first.substr(command + kCommand.size()));
  if (text.starts_with("# ") && text.substr(2).starts_with(output::kSettings) && !log.arguments.empty()) {
    const auto settings = output::command_words(take_line(text).substr(2 + output::kSettings.size()));
    log.arguments.insert(log.arguments.begin() + 1, settings.begin(), settings.end());
  }
  HostLines hosts(log);
  bool stopped = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    hosts.take(line);
    stopped = stopped || line == "QUITTING!" || line.starts_with("# Stopped: ") || line.starts_with("# Not complete: ");
    log.ended = !stopped && line.starts_with("# ") && line.find(" done at ") != std::string_view::npos;
  }
  return log;
}

}  // namespace

Result<ScanLog> read_scan_log(const std::string& path) {
  const auto text = read_bytes(path);
  if (!text) return text.error();
  const auto format = report_format(*text);
  if (format == Format::Xml) return read_xml(path, *text);
  return read_lines(path, *text);
}

}  // namespace sluice
