// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "service/literals.hpp"
#include "service/matcher.hpp"
#include "service/plan.hpp"

// The targets of the fuzzers. A fuzzer calls its target for each input; tests call it for each file of its corpus. A
// target aborts if a property does not hold.

namespace sluice::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// Smaller than the limits of sluice, so that an input takes less time.
inline constexpr service::MatchLimits kLimits{.steps = 20000, .depth = 2000, .heap_kib = 2000};

/// Parses the input as nmap-service-probes. Then plans its probes, and matches a response against its lines.
inline void probe_file(std::string_view input) {
  const auto file = service::ProbeFile::parse(std::string(input), "db");
  if (!file) {
    require(file.error().message.starts_with("db:"));
    return;
  }
  std::size_t payload_ports = 0;
  for (const service::Probe& probe : file->probes())
    for (const auto& [first, last] : probe.ports.ranges()) payload_ports += std::size_t{last} - first + 1;
  if (payload_ports < 100000) (void)service::udp_payloads(*file);
  for (const Protocol protocol : {Protocol::Tcp, Protocol::Udp})
    for (const int intensity : {0, 9})
      for (const service::Probe* probe : service::plan_probes(*file, {protocol, 80, intensity, intensity == 0}))
        require(probe->protocol == protocol && (intensity == 9 || probe->is_null() || probe->ssl_ports.contains(80)));
  service::Matcher matcher(*file, {}, kLimits);
  for (const service::Probe& probe : file->probes())
    if (const auto hit = matcher.respond(probe).match("SSH-2.0-x\r\n220 y 1.0 (z)\n"))
      require(hit->fields.product.size() < 80 && hit->fields.info.size() < 256);
}

/// Matches a response against one match line: as a whole, in two pieces, and by its pattern alone. The results must
/// agree. Input: a line with the pattern, a line with the flags and fields of the match line, and the response.
inline void matching(std::string_view input) {
  const std::string_view text = take_until(input, '\n'), fields = take_until(input, '\n'), response = input;
  if (text.find('\x01') != std::string_view::npos || text.ends_with('\r') || response.empty()) return;
  const auto file = service::ProbeFile::parse(
      "Probe TCP NULL q||\nmatch s m\x01" + std::string(text) + "\x01" + std::string(fields) + "\n", "db");
  if (!file) return;
  const service::MatchLine& line = file->probes()[0].lines[0];
  auto pattern = service::Pattern::compile(line.pattern, line.ignore_case, line.dot_all);
  if (!pattern) return;
  service::MatchContext context(kLimits);
  service::Captures captures;
  const auto outcome = pattern->match(response, context, captures);
  if (outcome == service::MatchOutcome::Match)
    for (const std::string& literal : service::required_literals(line.pattern, line.ignore_case))
      require(response.find(literal) != std::string_view::npos);
  service::Matcher matcher(*file, {}, kLimits);
  auto whole = matcher.respond(file->probes()[0]);
  const bool hit = whole.match(response).has_value();
  require(hit == (outcome == service::MatchOutcome::Match));
  // The matcher does not try a line again that has exceeded the limits with the first piece.
  const std::string_view part = response.substr(0, response.size() / 2);
  const bool hard_part = pattern->match(part, context, captures) == service::MatchOutcome::LimitExceeded;
  auto pieces = matcher.respond(file->probes()[0]);
  (void)pieces.match(part);
  if (hit && !hard_part) require(pieces.match(response).has_value());
}

}  // namespace sluice::fuzz
