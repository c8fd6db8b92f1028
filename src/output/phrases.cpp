// SPDX-License-Identifier: Apache-2.0
#include "output/phrases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <sluice/version.hpp>
#include <span>

#include "output/escape.hpp"

namespace sluice::output {
namespace {

std::string format_time(const std::tm& fields, const char* format) {
  std::array<char, 128> buffer;
  return std::string(buffer.data(), std::strftime(buffer.data(), buffer.size(), format, &fields));
}

constexpr std::string_view kUnknown = "unknown";
constexpr int kMaxAssumed = 5;  // highest confidence of an assumed name
constexpr std::size_t kFingerprintLine = 74;

/// Rounds down, also before 1970.
std::chrono::sys_seconds whole_seconds(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

}  // namespace

long long unix_seconds(WallTime time) { return whole_seconds(time).time_since_epoch().count(); }

std::string local_time(WallTime time, const char* format) {
  const std::time_t seconds = unix_seconds(time);
  std::tm fields{};
  localtime_r(&seconds, &fields);
  return format_time(fields, format);
}

std::string ctime_text(WallTime time) { return local_time(time, "%a %b %e %H:%M:%S %Y"); }

std::string utc_text(WallTime time) {
  const std::time_t seconds = unix_seconds(time);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(time - whole_seconds(time));
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  return fmt::format("{}.{:06}Z", format_time(fields, "%Y-%m-%dT%H:%M:%S"), rest.count());
}

std::string seconds_text(std::chrono::milliseconds elapsed) {
  return fmt::format("{:.2f}", static_cast<double>(elapsed.count()) / 1000.0);
}

std::string clock_text(std::chrono::milliseconds elapsed) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string command_text(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) {
    if (!text.empty()) text += ' ';
    const bool quoted = argument.empty() || argument.find_first_of(" \t\n\v\f\r") != std::string::npos;
    if (quoted) text += '"';
    for (const char c : argument) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    if (quoted) text += '"';
  }
  return text;
}

std::string totals_text(const event::RunFinished& run) {
  return fmt::format("{} IP address{} ({} host{} up) scanned in {} seconds", run.hosts_total,
                     run.hosts_total == 1 ? "" : "es", run.hosts_up, run.hosts_up == 1 ? "" : "s",
                     seconds_text(run.elapsed));
}

std::string against_text(const ScriptPlace& place) {
  if (!place.address) return place.target_name.empty() ? "" : " against " + place.target_name;
  const bool bracketed = place.port && !place.address->is_v4();
  std::string text = " against ";
  if (!place.target_name.empty()) text.append(place.target_name).append(" (");
  if (bracketed) text += '[';
  text += place.address->text();
  if (bracketed) text += ']';
  if (place.port) text.append(":").append(std::to_string(*place.port));
  if (!place.target_name.empty()) text += ')';
  return text;
}

std::string writer_version() { return fmt::format("sluice-{}", kVersion); }

std::string initiated_text(const event::RunStarted& run, WallTime time) {
  return fmt::format("Nmap {} scan initiated {} as: {}", writer_version(), ctime_text(time),
                     command_text(run.typed.empty() ? run.arguments : run.typed));
}

std::string settings_text(const event::RunStarted& run) {
  if (run.typed.empty() || run.arguments.size() <= run.typed.size()) return "";
  const std::span settings = std::span(run.arguments).subspan(1, run.arguments.size() - run.typed.size());
  return std::string(kSettings) + command_text({settings.begin(), settings.end()});
}

bool has_details(const Service& service) {
  const auto texts = {&service.product, &service.version,    &service.extrainfo,  &service.hostname,
                      &service.ostype,  &service.devicetype, &service.fingerprint};
  return service.probed || service.tls || !service.cpe.empty() ||
         std::any_of(texts.begin(), texts.end(), [](const std::string* text) { return !text->empty(); });
}

std::string_view service_name(const PortReport& port) {
  const Service* const service = port.detail && port.detail->service ? &*port.detail->service : nullptr;
  if (service && !service->name.empty()) return service->name;
  if (!port.table_service.empty()) return port.table_service;
  return service && has_details(*service) ? kUnknown : "";
}

std::string service_text(const PortReport& port, bool detection) {
  const Service* const service = port.detail && port.detail->service ? &*port.detail->service : nullptr;
  const std::string_view name = service_name(port);
  const bool assumed = !service || service->confidence <= kMaxAssumed;
  const bool questioned = detection && assumed && port.state == PortState::Open && !name.empty() && name != kUnknown;
  return fmt::format("{}{}{}", service && service->tls ? "ssl/" : "", name, questioned ? "?" : "");
}

std::string version_text(const Service& service) {
  std::string text = service.product;
  const auto add = [&](const std::string& part) {
    if (!text.empty()) text += ' ';
    text += part;
  };
  if (!service.version.empty()) add(service.version);
  if (!service.extrainfo.empty()) add('(' + service.extrainfo + ')');
  return text;
}

std::string wrap_fingerprint(std::string_view fingerprint) {
  constexpr std::string_view kContinued = "\nSF:";
  constexpr std::size_t kContinuedLength = kFingerprintLine - (kContinued.size() - 1);
  std::string text(fingerprint.substr(0, kFingerprintLine));
  fingerprint.remove_prefix(text.size());
  for (; !fingerprint.empty(); fingerprint.remove_prefix(std::min(kContinuedLength, fingerprint.size())))
    text.append(kContinued).append(fingerprint.substr(0, kContinuedLength));
  return text;
}

}  // namespace sluice::output
