// SPDX-License-Identifier: Apache-2.0
#include "cli/status_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <initializer_list>
#include <utility>

namespace sluice::cli {

namespace {

using std::chrono::milliseconds;

/// Returns hours, minutes and seconds: "0:01:05".
std::string clock_text(milliseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/// Returns local time: "04:05".
std::string hour_text(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}", local.tm_hour, local.tm_min);
}

std::string rate_text(double per_second) {
  return fmt::format("{:.{}f}", per_second, per_second < 9.95 ? 1 : 0);  // 0.3, 9.9, 10, 1200
}

/// Returns the first of these texts that has room. If none has, cuts the last one.
std::string fitting(std::initializer_list<std::string> texts, std::size_t columns) {
  constexpr std::string_view kCut = "...";
  for (const std::string& text : texts)
    if (text.size() <= columns) return text;
  const std::string& last = *(texts.end() - 1);
  if (columns <= kCut.size()) return last.substr(0, columns);
  return last.substr(0, columns - kCut.size()).append(kCut);
}

}  // namespace

std::string printable_ascii(std::string_view text) {
  std::string shown;
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if ((code & 0xC0U) == 0x80) continue;  // a further byte of a UTF-8 character
    shown += code >= 0x20 && code < 0x7F ? byte : '?';
  }
  return shown;
}

void StatusBlock::update(RunStatus status, TimePoint now) {
  const Sample sample{status.stats.elapsed, status.stats.hosts_done, status.ports};
  if (samples_.empty() || sample.at > samples_.back().at) samples_.push_back(sample);
  while (samples_.size() > 2 && samples_[1].at + kRateWindow <= sample.at) samples_.pop_front();
  status_ = std::move(status);
  updated_ = now;
}

std::vector<std::string> StatusBlock::lines(TimePoint now, std::size_t columns) const {
  std::vector<std::string> lines;
  if (samples_.empty()) return lines;
  const auto since_update = std::chrono::duration_cast<milliseconds>(std::max(now - updated_, TimePoint::duration{0}));
  lines.push_back(progress_line(since_update, columns));
  lines.push_back(hosts_line(columns));
  if (status_.stats.threads > 0 || status_.stats.waiting_for_slot > 0) lines.push_back(threads_line(columns));
  if (!status_.slowest.empty()) lines.push_back(slowest_line(since_update, columns));
  return lines;
}

std::string StatusBlock::progress_line(milliseconds since_update, std::size_t columns) const {
  const std::string elapsed = clock_text(status_.stats.elapsed + since_update);
  const std::string task = status_.task.empty() ? "" : " " + printable_ascii(status_.task);
  std::string brief = elapsed + task, whole = brief + ", end unknown";
  if (const auto& progress = status_.progress) {
    const milliseconds estimate = std::chrono::seconds(progress->remaining);
    const std::string remaining = clock_text(std::max(estimate - since_update, milliseconds{0}));
    brief = fmt::format("{}: {:.1f}%, {} left", brief, progress->percent, remaining);
    whole = fmt::format("{}{}: {:.1f}% done, about {} left (until {})", elapsed, task, progress->percent, remaining,
                        hour_text(progress->etc));
  }
  if (!with_keys_) return fitting({whole, brief}, columns);
  return fitting({whole + "; ? lists keys", whole, brief}, columns);
}

std::string StatusBlock::hosts_line(std::size_t columns) const {
  const event::Stats& stats = status_.stats;
  std::string brief = fmt::format("Hosts: {} done, {} open", stats.hosts_done, stats.hosts_open);
  std::string whole = fmt::format("{}, {} up", brief, stats.hosts_up);
  const double seconds = std::chrono::duration<double>(samples_.back().at - samples_.front().at).count();
  if (seconds > 0) {
    const auto rate = [seconds](auto before, auto after) {
      return rate_text(after > before ? static_cast<double>(after - before) / seconds : 0);
    };
    whole += fmt::format("; {} hosts/s", rate(samples_.front().hosts, samples_.back().hosts));
    if (samples_.back().ports > 0)
      whole += fmt::format(", {} ports/s", rate(samples_.front().ports, samples_.back().ports));
    brief += fmt::format(", {}/s", rate(samples_.front().hosts, samples_.back().hosts));
  }
  return fitting({whole, brief}, columns);
}

std::string StatusBlock::threads_line(std::size_t columns) const {
  const event::Stats& stats = status_.stats;
  return fitting({fmt::format("Script threads: {}; {} waiting for a slot, {} for the network", stats.threads,
                              stats.waiting_for_slot, stats.waiting_for_network),
                  fmt::format("Threads: {}; wait: {} slot, {} net", stats.threads, stats.waiting_for_slot,
                              stats.waiting_for_network)},
                 columns);
}

std::string StatusBlock::slowest_line(milliseconds since_update, std::size_t columns) const {
  // Not rounded, as the time of the run is not: no script is older than the run.
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(status_.slowest_elapsed + since_update).count();
  return fitting({fmt::format("Slowest: {} s, {}", seconds, printable_ascii(status_.slowest))}, columns);
}

}  // namespace sluice::cli
