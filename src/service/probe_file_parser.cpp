// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "service/field.hpp"
#include "service/probe_file.hpp"

namespace sluice::service {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view kPortsForm = "needs ports such as 21-25,53,80, each from 0 to 65535";

/// Returns false if `list` is no list of ports. White space may surround the items.
bool add_ports(std::string_view list, PortRanges& ports) {
  if (trim(list).empty()) return false;
  while (!list.empty()) {
    std::string_view upper = trim(take_until(list, ','));
    const bool range = upper.find('-') != std::string_view::npos;
    const auto first = parse_number<std::uint16_t>(take_until(upper, '-'));
    const auto last = range ? parse_number<std::uint16_t>(upper) : first;
    if (!first || !last || *first > *last) return false;
    ports.add({*first, *last});
  }
  return true;
}

std::optional<milliseconds> parse_wait(std::string_view word) {
  const auto number = parse_number<std::uint32_t>(word);
  if (!number || *number < 100 || *number > 300000) return std::nullopt;
  return milliseconds(*number);
}

}  // namespace

/// Parser of one file. Functions for directives return the cause of an error, or nothing.
class ProbeFileParser {
 public:
  ProbeFileParser(std::string text, std::string path) : file_(std::move(text), std::move(path)) {}

  Result<ProbeFile> parse() {
    std::string_view text = *file_.text_;
    while (!text.empty()) {
      ++number_;
      std::string_view line = take_until(text, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty() || line.front() == '#') continue;
      if (const auto cause = read_line(line)) return error(number_, *cause);
    }
    for (const auto& [probe, line, names] : fallbacks_)
      if (const auto cause = resolve(file_.probes_[probe], names)) return error(line, *cause);
    return std::move(file_);
  }

 private:
  using Cause = std::optional<std::string>;
  struct Fallback {
    std::size_t probe;
    std::uint32_t line;
    std::string_view names;
  };

  [[nodiscard]] Error error(std::uint32_t line, const std::string& cause) const {
    return Error{file_.place(line) + ": " + cause};
  }
  Probe& current() { return file_.probes_.back(); }

  Cause read_line(std::string_view line) {
    std::string_view rest = line;
    const std::string_view directive = take_word(rest);
    if (directive == "match" || directive == "softmatch") {
      if (file_.probes_.empty()) return "a " + std::string(directive) + " line before the first Probe";
      return read_match(rest, directive == "softmatch");
    }
    if (directive == "Probe") return read_probe(rest);
    if (directive == "Exclude") return read_exclude(rest);
    if (file_.probes_.empty()) return "expected Probe or Exclude, not " + in_quotes(directive, 40);
    return read_setting(directive, rest);
  }

  Cause read_setting(std::string_view directive, std::string_view rest) {
    Probe& probe = current();
    const bool ssl = directive == "sslports";
    if (ssl || directive == "ports") {
      if (!add_ports(rest, ssl ? probe.ssl_ports : probe.ports))
        return std::string(directive) + " " + std::string(kPortsForm);
      return std::nullopt;
    }
    if (directive == "rarity") {
      const auto rarity = parse_number<unsigned>(take_word(rest));
      if (!rarity || *rarity < 1 || *rarity > 9) return "rarity needs a number from 1 to 9";
      probe.rarity = static_cast<int>(*rarity);
      return std::nullopt;
    }
    if (directive == "totalwaitms" || directive == "tcpwrappedms") {
      const auto wait = parse_wait(take_word(rest));
      if (!wait) return std::string(directive) + " needs milliseconds from 100 to 300000";
      (directive == "totalwaitms" ? probe.total_wait : probe.tcp_wrapped) = *wait;
      return std::nullopt;
    }
    if (directive == "fallback") {
      fallbacks_.push_back({file_.probes_.size() - 1, number_, rest});
      return std::nullopt;
    }
    return "unknown directive " + in_quotes(directive, 40);
  }

  Cause read_exclude(std::string_view rest) {
    if (file_.exclude_line_ != 0)
      return "a second Exclude; the first is on line " + std::to_string(file_.exclude_line_);
    if (!file_.probes_.empty()) return "Exclude must precede the first Probe";
    if (trim(rest).empty()) return "Exclude needs ports";
    file_.excluded_ = trim(rest);
    file_.exclude_line_ = number_;
    return std::nullopt;
  }

  Cause read_probe(std::string_view rest) {
    Probe probe;
    const std::string_view protocol = take_word(rest);
    if (protocol != "TCP" && protocol != "UDP") return "the protocol of a Probe is TCP or UDP";
    probe.protocol = protocol == "TCP" ? Protocol::Tcp : Protocol::Udp;
    probe.name = take_word(rest);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    if (probe.name.empty() || rest.empty() || rest.front() != 'q')
      return "a Probe needs a name and a string such as q|GET /\\r\\n|";
    rest.remove_prefix(1);
    const auto text = take_delimited(rest);
    if (!text) return "the string of the Probe has no closing delimiter";
    auto payload = unescape(*text);
    if (!payload) return "the string of the Probe has an escape other than \\\\ \\0 \\a \\b \\f \\n \\r \\t \\v \\xHH";
    probe.payload = std::move(*payload);
    probe.no_payload = take_word(rest) == "no-payload";
    probe.number = number_;
    probe.index = static_cast<std::uint32_t>(file_.probes_.size());
    if (probe.is_null()) {
      if (probe.protocol == Protocol::Udp) return "a UDP Probe needs a string that is not empty";
      if (file_.null_ >= 0) return "a second Probe with an empty string; a file may have one";
      file_.null_ = probe.index;
    }
    file_.probes_.push_back(std::move(probe));
    return std::nullopt;
  }

  Cause read_match(std::string_view rest, bool soft) {
    MatchLine line;
    line.number = number_;
    line.soft = soft;
    line.service = take_word(rest);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    if (line.service.empty() || rest.empty() || rest.front() != 'm')
      return "a match needs a service and a pattern such as m|^220 |";
    rest.remove_prefix(1);
    const auto pattern = take_delimited(rest);
    if (!pattern) return "the pattern has no closing delimiter";
    line.pattern = *pattern;
    for (; !rest.empty() && !is_space(rest.front()); rest.remove_prefix(1)) {
      if (rest.front() == 'i')
        line.ignore_case = true;
      else if (rest.front() == 's')
        line.dot_all = true;
      else
        return "unknown flag " + in_quotes(rest.substr(0, 1)) + " behind the pattern; known are i and s";
    }
    line.fields = rest;
    for (;;) {
      const auto field = take_field(rest);
      if (!field) return field.error().message;
      if (!*field) break;
    }
    if (!soft) {
      auto& counts = file_.services_[line.service];
      ++counts.all;
      if (current().is_null()) ++counts.null;
    }
    current().lines.push_back(line);
    return std::nullopt;
  }

  /// Finds the probes that a `fallback` names. Probes with the protocol of `probe` are preferred.
  Cause resolve(Probe& probe, std::string_view names) {
    probe.fallbacks.clear();  // a later directive replaces an earlier one
    while (!names.empty()) {
      const std::string_view name = trim(take_until(names, ','));
      const Probe* found = nullptr;
      for (const Probe& other : file_.probes_)
        if (other.name == name && (!found || (found->protocol != probe.protocol && other.protocol == probe.protocol)))
          found = &other;
      if (!found) return "fallback to an unknown Probe " + in_quotes(name, 40);
      probe.fallbacks.push_back(found->index);
    }
    return std::nullopt;
  }

  ProbeFile file_;
  std::vector<Fallback> fallbacks_;
  std::uint32_t number_ = 0;
};

Result<ProbeFile> ProbeFile::parse(std::string text, std::string path) {
  return ProbeFileParser(std::move(text), std::move(path)).parse();
}

}  // namespace sluice::service
