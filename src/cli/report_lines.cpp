// SPDX-License-Identifier: Apache-2.0
#include "cli/report_lines.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace sluice::cli {

namespace {

/// In the first line of text and grepable reports, and in the first comment of XML.
constexpr std::string_view kInitiated = " scan initiated ";
constexpr std::string_view kDone = "# Nmap done at ", kQuitting = "QUITTING!";
constexpr std::string_view kStopped = "# Stopped: ", kNotComplete = "# Not complete: ";

// The bytes with which the lines of a writer begin, behind the first line of the report.
constexpr auto kNdjson = std::to_array<std::string_view>({R"({"event":")"});
constexpr auto kGrepable = std::to_array<std::string_view>(
    {"Host: ", "# Incomplete: ", kNotComplete, kStopped, kDone, "# Ports scanned:", "# Settings in force: "});
constexpr auto kText = std::to_array<std::string_view>({"Nmap scan report for ",
                                                        "Host is up",
                                                        "|",
                                                        "PORT ",
                                                        "Not shown: ",
                                                        "All ",
                                                        "Host script results:",
                                                        "Scanned at ",
                                                        "Other addresses for ",
                                                        "rDNS record for ",
                                                        "Skipping host ",
                                                        "Incomplete: ",
                                                        "MAC Address: ",
                                                        "Service Info: ",
                                                        "Fingerprint of ",
                                                        "Fingerprints of ",
                                                        "SF",
                                                        "Pre-scan script results:",
                                                        "Post-scan script results:",
                                                        "Warning: ",
                                                        "Note: the service",
                                                        "Service detection performed.",
                                                        kQuitting,
                                                        kDone,
                                                        "# Settings in force: "});

std::span<const std::string_view> begins_of_lines(Format format) {
  if (format == Format::Json) return kNdjson;
  if (format == Format::Grepable) return kGrepable;
  return kText;
}

bool is_digit(char character) { return character >= '0' && character <= '9'; }
bool is_letter(char character) { return (character | 0x20) >= 'a' && (character | 0x20) <= 'z'; }

}  // namespace

std::string_view report_begin(Format format) noexcept {
  if (format == Format::Json) return R"({"event":"run_started",)";
  return format == Format::Xml ? "<?xml " : "# Nmap ";
}

std::string_view run_identity(Format format, std::string_view opening) noexcept {
  if (!opening.starts_with(report_begin(format))) return "";
  const bool json = format == Format::Json;
  const std::size_t begin = json ? 0 : opening.find(kInitiated);
  if (begin == std::string_view::npos) return "";
  const std::size_t end = opening.find(json ? R"(,"version")" : "\n", begin);
  return end == std::string_view::npos ? "" : opening.substr(begin, end + 1 - begin);
}

bool ReportLines::has_form(std::string_view line, bool complete) const noexcept {
  if (format_ == Format::Xml)
    return line.starts_with('<') && (line.size() > 1 ? line[1] == '/' || is_letter(line[1]) : !complete);
  if (format_ == Format::Text && (line.empty() || is_digit(line[0]))) return true;
  return std::ranges::any_of(begins_of_lines(format_), [&](std::string_view begin) {
    return line.starts_with(begin) || (!complete && begin.starts_with(line));
  });
}

bool ReportLines::is_orderly_end(std::string_view line) const noexcept {
  const auto has = [&](std::string_view text) { return line.find(text) != std::string_view::npos; };
  if (format_ == Format::Xml) return has("<finished ") && has(R"( exit="success")");
  if (format_ == Format::Json) return line.starts_with(R"({"event":"run_finished")") && has(R"("exit":"success")");
  return !stopped_ && line.starts_with(kDone);
}

bool ReportLines::add(std::string_view line, bool complete) noexcept {
  const bool lines = format_ == Format::Text || format_ == Format::Grepable;
  const bool begins = line.find(lines ? kInitiated : report_begin(format_)) != std::string_view::npos;
  stopped_ = stopped_ || line == kQuitting || line.starts_with(kStopped) || line.starts_with(kNotComplete);
  if (state_ == State::Foreign || begins || is_orderly_end(line) || (state_ == State::Unknown && line != kQuitting))
    state_ = State::Foreign;
  else if (has_form(line, complete))
    state_ = State::Known;
  else
    state_ = format_ == Format::Text && complete ? State::Unknown : State::Foreign;
  return state_ != State::Foreign;
}

}  // namespace sluice::cli
