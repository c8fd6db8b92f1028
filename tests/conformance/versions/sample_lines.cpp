// SPDX-License-Identifier: Apache-2.0
/// sample_lines FILE SEED COUNT: prints a text that a match line matches, for lines of a file of service probes that
/// are drawn at random: "PROTOCOL PROBE LINE PAYLOAD TEXT HIT" each, payload and text in hexadecimal. HIT is the line
/// that recognises the text behind the probe: another one may stand before. Lines for which no text is found are left
/// out.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/matcher.hpp"
#include "support/pattern_sampler.hpp"

namespace sluice::service {
namespace {

constexpr unsigned kAttempts = 30;           ///< to find a text for a line
constexpr std::size_t kMaxTextSize = 60000;  ///< a datagram holds it

std::string hex(std::string_view bytes) {
  if (bytes.empty()) return "-";
  std::string text;
  for (const char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(byte));
  return text;
}

/// True if a group takes part in the match and one before it does not. nmap 7.93 aborts at a field with that one.
bool has_gap(const MatchLine& line, std::string_view text, MatchContext& context) {
  auto pattern = Pattern::compile(line.pattern, line.ignore_case, line.dot_all);
  Captures captures;
  if (!pattern || pattern->match(text, context, captures) != MatchOutcome::Match) return false;
  const auto missing = std::find(captures.begin(), captures.end(), std::nullopt);
  return std::any_of(missing, captures.end(), [](const auto& capture) { return capture.has_value(); });
}

/// Prints a text for the line. Returns false if none is found.
bool print_sample(const Probe& probe, const MatchLine& line, std::mt19937& random, Matcher& matcher,
                  MatchContext& context) {
  auto pattern = Pattern::compile(line.pattern, line.ignore_case, line.dot_all);
  if (!pattern) return false;
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string text = test::PatternSampler(static_cast<unsigned>(random())).sample(line.pattern);
    Captures captures;
    if (text.empty() || text.size() > kMaxTextSize) continue;
    if (pattern->match(text, context, captures) != MatchOutcome::Match) continue;
    const auto hit = matcher.respond(probe).match(text);
    if (!hit || has_gap(*hit->line, text, context)) continue;
    fmt::print("{} {} {} {} {} {}\n", to_text(probe.protocol), probe.name, line.number, hex(probe.payload), hex(text),
               hit->line->number);
    return true;
  }
  return false;
}

int run(const std::string& path, unsigned seed, unsigned count) {
  const auto file = ProbeFile::read(path);
  if (!file) {
    fmt::print(stderr, "sample_lines: {}\n", file.error().message);
    return 2;
  }
  std::vector<std::pair<const Probe*, const MatchLine*>> lines;
  for (const Probe& probe : file->probes())
    for (const MatchLine& line : probe.lines) lines.emplace_back(&probe, &line);
  std::mt19937 random(seed);
  std::shuffle(lines.begin(), lines.end(), random);
  Matcher matcher(*file);
  MatchContext context;
  for (const auto& [probe, line] : lines) {
    if (count == 0) break;
    if (print_sample(*probe, *line, random, matcher, context)) --count;
  }
  return 0;
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace
}  // namespace sluice::service

int main(int argc, char** argv) {
  using sluice::service::number;
  const auto seed = argc == 4 ? number(argv[2]) : std::nullopt, count = argc == 4 ? number(argv[3]) : std::nullopt;
  if (!seed || !count) {
    fmt::print(stderr, "usage: sample_lines FILE SEED COUNT\n");
    return 2;
  }
  return sluice::service::run(argv[1], *seed, *count);
}
