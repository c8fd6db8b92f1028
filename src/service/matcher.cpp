// SPDX-License-Identifier: Apache-2.0
#include "service/matcher.hpp"

#include <utility>

namespace sluice::service {

namespace {

constexpr std::string_view kTlsPrefix = "ssl/";

std::string not_compiled(const Error& error) { return "the pattern does not compile: " + error.message; }

}  // namespace

Matcher::Matcher(const ProbeFile& file, Warn warn, const MatchLimits& limits)
    : file_(file), warn_(std::move(warn)), context_(limits), built_(file.probes().size()) {}

std::vector<const Probe*> Matcher::groups_of(const Probe& probe) const {
  std::vector<const Probe*> groups{&probe};
  if (probe.is_null()) return groups;
  for (const std::uint32_t index : probe.fallbacks) groups.push_back(&file_.probes()[index]);
  const Probe* const null = file_.null_probe();
  if (null && probe.protocol == Protocol::Tcp) groups.push_back(null);
  return groups;
}

Matcher::Built& Matcher::built(const Probe& probe) {
  auto& slot = built_[probe.index];
  if (!slot) slot = std::make_unique<Built>(probe);
  return *slot;
}

void Matcher::warn_once(const Probe& probe, std::size_t index, const std::string& cause) {
  auto& failed = built(probe).failed;
  if (failed.empty()) failed.resize(probe.lines.size());
  if (failed[index]) return;
  failed[index] = true;
  if (warn_) warn_(file_.place(probe.lines[index].number) + ": " + cause);
}

MatchOutcome Matcher::run_line(const Probe& probe, std::size_t index, std::string_view subject, Captures& captures) {
  Built& parts = built(probe);
  auto& pattern = parts.patterns[index];
  if (!pattern) {
    if (!parts.failed.empty() && parts.failed[index]) return MatchOutcome::NoMatch;
    const MatchLine& line = probe.lines[index];
    auto compiled = Pattern::compile(line.pattern, line.ignore_case, line.dot_all);
    if (!compiled) {
      warn_once(probe, index, not_compiled(compiled.error()));
      return MatchOutcome::NoMatch;
    }
    pattern = std::make_unique<Pattern>(std::move(*compiled));
    ++compiled_;
  }
  ++runs_;
  const MatchOutcome outcome = pattern->match(subject, context_, captures);
  if (outcome == MatchOutcome::LimitExceeded)
    warn_once(probe, index, "matching a response exceeds the limits; it counts as no match");
  return outcome;
}

Hit Matcher::make_hit(const Probe& probe, std::size_t index, const Captures& captures) {
  Hit hit;
  hit.probe = &probe;
  hit.line = &probe.lines[index];
  std::string_view service = hit.line->service;
  if (!hit.line->soft && service.starts_with(kTlsPrefix)) {
    hit.tls = true;
    service.remove_prefix(kTlsPrefix.size());
  }
  hit.service = service;
  std::vector<std::string> warnings;
  hit.fields = fill_all(hit.line->fields, captures, warnings);
  for (const std::string& warning : warnings) warn_once(probe, index, warning);
  return hit;
}

Matcher::Response::Response(Matcher& matcher, const Probe& probe)
    : matcher_(&matcher), groups_(matcher.groups_of(probe)), hits_(groups_.size()) {}

std::optional<Hit> Matcher::Response::match(std::string_view buffer) {
  if (reads_ >= kMatchedReads && buffer.size() < matched_size_ + matched_size_ / 8 + 1) return std::nullopt;
  ++reads_;
  return run(buffer);
}

std::optional<Hit> Matcher::Response::finish(std::string_view buffer) {
  if (buffer.size() == matched_size_) return std::nullopt;
  return run(buffer);
}

std::optional<Hit> Matcher::Response::run(std::string_view buffer) {
  matched_size_ = buffer.size();
  if (buffer.empty()) return std::nullopt;
  std::optional<Hit> hit;
  Captures captures;
  for (std::size_t group = 0; group < groups_.size() && !hit; ++group) {
    const Probe& probe = *groups_[group];
    matcher_->built(probe).prefilter.update(hits_[group], buffer);
    hits_[group].any_of([&](std::size_t index) {
      const MatchOutcome outcome = matcher_->run_line(probe, index, buffer, captures);
      if (outcome == MatchOutcome::LimitExceeded) hits_[group].exclude(index);
      if (outcome != MatchOutcome::Match) return false;
      hit = matcher_->make_hit(probe, index, captures);
      return true;
    });
  }
  return hit;
}

Result<void> check_patterns(const ProbeFile& file) {
  for (const Probe& probe : file.probes())
    for (const MatchLine& line : probe.lines) {
      const auto pattern = Pattern::compile(line.pattern, line.ignore_case, line.dot_all);
      if (!pattern) return Error{file.place(line.number) + ": " + not_compiled(pattern.error())};
    }
  return {};
}

}  // namespace sluice::service
