// SPDX-License-Identifier: Apache-2.0
#include "model/target_spec.hpp"

#include <cmath>
#include <sluice/typography.hpp>

#include "base/text.hpp"
#include "model/host_name.hpp"

namespace sluice::model {

namespace {

using Octets = AddressPattern::Octets;

/// Parses "*", or a list of n, n-m, -m, n- and "-".
std::optional<Octets> parse_octet(std::string_view text) {
  Octets octets;
  if (text == "*") return octets.set();
  if (text.empty() || text.back() == ',') return std::nullopt;
  while (!text.empty()) {
    std::string_view upper = take_until(text, ',');
    const bool range = upper.find('-') != std::string_view::npos;
    const std::string_view lower = take_until(upper, '-');
    if (lower.empty() && !range) return std::nullopt;
    const auto first = lower.empty() ? 0u : parse_number<unsigned>(lower);
    const auto last = !range ? first : upper.empty() ? 255u : parse_number<unsigned>(upper);
    if (!first || !last || *last > 255 || *first > *last) return std::nullopt;
    for (unsigned value = *first; value <= *last; ++value) octets.set(value);
  }
  return octets;
}

std::optional<AddressPattern> parse_octets(std::string_view text) {
  std::array<Octets, 4> octets;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const bool last = i + 1 == octets.size();
    if (!last && text.find('.') == std::string_view::npos) return std::nullopt;
    const auto parsed = parse_octet(last ? text : take_until(text, '.'));
    if (!parsed) return std::nullopt;
    octets[i] = *parsed;
  }
  return AddressPattern::v4(octets);
}

/// True if a resolver may accept the name. "127.1" is accepted, as resolvers do. Four numeric parts are not: they are
/// taken for a mistyped address.
bool may_be_name(std::string_view text) {
  if (text.empty() || text.front() == '-') return false;
  std::size_t parts = 1;
  bool numeric = true;
  for (const char c : text) {
    if (c == '.') ++parts;
    const bool other = is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    if (!other && !is_digit(c) && c != '-' && c != '.') return false;
    numeric = numeric && !other;
  }
  return !(numeric && parts >= 4) && text.find("..") == std::string_view::npos && text != ".";
}

Error malformed(std::string_view text) {
  return Error{in_quotes(text) + " is not an address, a range of addresses or a host name"};
}

}  // namespace

Result<TargetSpec> TargetSpec::parse(std::string_view text) {
  if (auto complaint = complaint_about_typography(text)) return Error{in_quotes(text) + ' ' + *complaint};
  TargetSpec spec;
  spec.text = text;
  std::string_view host = text;
  if (const std::size_t slash = text.rfind('/'); slash != std::string_view::npos) {
    spec.bits = parse_number<unsigned>(text.substr(slash + 1));
    if (!spec.bits || *spec.bits > 128)
      return Error{in_quotes(spec.text) + " has no number of network bits (0 to 32, for IPv6 to 128) behind its '/'"};
    host = text.substr(0, slash);
  }
  if (host.find(':') != std::string_view::npos) {
    const auto address = Address::parse(host);
    if (!address) {
      Error error = malformed(text);
      if (host.find('%') != std::string_view::npos) error.message += "; check the name of the interface";
      return error;
    }
    auto network = AddressPattern::network(*address, spec.bits.value_or(128));
    if (!network) return network.error();
    spec.pattern = *network;
  } else if (auto pattern = parse_octets(host)) {
    const unsigned bits = spec.bits.value_or(32);
    if (bits > 32) return Error{in_quotes(spec.text) + " has more than the 32 network bits of an IPv4 address"};
    pattern->widen(bits);
    spec.pattern = pattern;
  } else if (may_be_name(host)) {
    auto name = ascii_name(host);
    if (!name) return name.error();
    spec.name = std::move(*name);
  } else {
    return malformed(text);
  }
  return spec;
}

Result<TargetSpec> TargetSpec::parse(std::string_view text, Family family) {
  auto spec = parse(text);
  if (!spec || !spec->pattern || spec->pattern->family() == family) return spec;
  if (family == Family::Inet) return Error{in_quotes(spec->text) + " is an IPv6 target; add -6"};
  return Error{in_quotes(spec->text) + " is an IPv4 target; leave -6 out"};
}

double TargetSpec::size() const {
  if (pattern) return static_cast<double>(pattern->size());
  return bits && *bits < 32 ? std::exp2(32 - *bits) : 1;
}

Result<AddressPattern> expand(const TargetSpec& spec, const Address& resolved) {
  auto network = AddressPattern::network(resolved, spec.bits.value_or(resolved.is_v4() ? 32 : 128));
  if (!network) return network.error().in(in_quotes(spec.text));
  return network;
}

std::vector<ListedTarget> read_target_list(std::string_view text) {
  std::vector<ListedTarget> targets;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = take_until(text, '\n');
    line = take_until(line, '#');
    for (std::string_view word; !(word = take_word(line)).empty();) targets.push_back({std::string(word), number});
  }
  return targets;
}

Result<TargetSpec> parse(const ListedTarget& target, const std::string& file, std::optional<Family> family) {
  auto spec = family ? TargetSpec::parse(target.text, *family) : TargetSpec::parse(target.text);
  if (spec) return spec;
  return spec.error().in(place_in_file(file, target.line));
}

std::string place_in_file(const std::string& file, std::size_t line) {
  return (file == "-" ? "standard input" : shortened(file)) + ", line " + std::to_string(line);
}

}  // namespace sluice::model
