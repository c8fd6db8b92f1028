// SPDX-License-Identifier: Apache-2.0
#include "model/port_spec.hpp"

#include <algorithm>
#include <bitset>
#include <cctype>
#include <charconv>
#include <sluice/typography.hpp>

#include "base/text.hpp"

namespace sluice::model {

namespace {

enum class Kind : std::uint8_t { Tcp, Udp, Sctp, Ip };
constexpr std::string_view kPrefixes = "TUSP";
constexpr std::size_t kKinds = kPrefixes.size();

/// Recursive-descent parser of a port list. Stops at the first error.
class Parser {
 public:
  Parser(const std::string& text, const std::vector<Protocol>& protocols, const ServiceTable& services)
      : text_(text), services_(services) {
    for (const Protocol protocol : protocols) default_kinds_.push_back(static_cast<Kind>(protocol));
  }

  Result<PortLists> parse() {
    if (auto complaint = complaint_about_typography(text_)) return Error{in_quotes() + ' ' + *complaint};
    if (!list(default_kinds_, false)) return Error{*error_};
    PortLists lists;
    lists.repeated = repeated_;
    for (const Protocol protocol : {Protocol::Tcp, Protocol::Udp, Protocol::Sctp})
      lists.of(protocol) = ports(sets_[static_cast<std::size_t>(protocol)]);
    lists.ip_protocols = ports(sets_[static_cast<std::size_t>(Kind::Ip)]);
    return lists;
  }

 private:
  using Kinds = std::vector<Kind>;
  using Set = std::bitset<65536>;

  static std::vector<std::uint16_t> ports(const Set& set) {
    std::vector<std::uint16_t> numbers;
    for (std::size_t port = 0; port < set.size(); ++port)
      if (set[port]) numbers.push_back(static_cast<std::uint16_t>(port));
    return numbers;
  }

  bool fail(std::string message) {
    error_ = std::move(message);
    return false;
  }

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  void skip_space() {
    while (!at_end() && is_space(peek())) ++at_;
  }
  [[nodiscard]] std::string in_quotes() const { return sluice::in_quotes(text_); }

  bool list(Kinds kinds, bool bracketed) {
    bool first = true;
    for (;; first = false) {
      skip_space();
      if (!first && (at_end() || (bracketed && peek() == ']'))) return true;  // after a comma at the end
      if (!item(kinds, bracketed)) return false;
      skip_space();
      if (at_end() || (bracketed && peek() == ']')) return true;
      if (peek() == ']') return fail("unexpected ']' in the ports " + in_quotes());
      if (peek() != ',') return fail("unexpected " + culprit() + " in the ports " + in_quotes());
      ++at_;
    }
  }

  bool item(Kinds& kinds, bool bracketed) {
    if (is_letter(peek()) && at_ + 1 < text_.size() && text_[at_ + 1] == ':') {
      const std::size_t kind = kPrefixes.find(peek());
      if (kind == std::string_view::npos)
        return fail("unknown protocol '" + text_.substr(at_, 2) + "' in the ports " + in_quotes() +
                    " (T:, U:, S: and P: are known)");
      kinds = {static_cast<Kind>(kind)};
      at_ += 2;
      skip_space();
    }
    if (peek() == '[') {
      if (bracketed) return fail("brackets within brackets in the ports " + in_quotes());
      ++at_;
      if (!list(kinds, true)) return false;
      if (!at_end()) ++at_;  // the last closing bracket is optional
      return true;
    }
    if (is_digit(peek()) || peek() == '-') return range(kinds, bracketed);
    if ((peek() >= 'a' && peek() <= 'z') || peek() == '*' || peek() == '?') return mask(kinds);
    if (at_end()) return fail("a port is missing in the ports " + in_quotes());
    return fail("unexpected " + culprit() + " in the ports " + in_quotes());
  }

  bool range(const Kinds& kinds, bool bracketed) {
    const bool ip = kinds == Kinds{Kind::Ip};
    const unsigned limit = ip ? 255 : 65535;
    unsigned first = ip ? 0 : 1, last = limit;
    if (is_digit(peek()) && !number(first, limit)) return false;
    skip_space();
    if (peek() != '-') {
      last = first;
    } else {
      ++at_;
      if (is_digit(peek()) && !number(last, limit)) return false;
    }
    if (first > last)
      return fail("the port range " + std::to_string(first) + "-" + std::to_string(last) +
                  " is backwards; did you mean " + std::to_string(last) + "-" + std::to_string(first) + "?");
    for (const Kind kind : kinds)
      for (unsigned port = first; port <= last; ++port)
        if (!bracketed || listed(port, kind)) add(port, kind);
    return true;
  }

  bool number(unsigned& value, unsigned limit) {
    const char* start = text_.data() + at_;
    const auto [stop, failure] = std::from_chars(start, text_.data() + text_.size(), value);
    const std::string digits(start, stop);
    at_ += digits.size();
    if (failure != std::errc{} || value > limit)
      return fail("port " + digits + " is not between 0 and " + std::to_string(limit));
    return true;
  }

  bool mask(const Kinds& kinds) {
    const std::size_t start = at_;
    while (!at_end() && peek() != ',' && peek() != ']' && !is_space(peek())) ++at_;
    const std::string name = text_.substr(start, at_ - start);
    bool found = false;
    for (const Kind kind : kinds) {
      if (kind == Kind::Ip) continue;
      for (const std::uint16_t port : services_.matching(name, static_cast<Protocol>(kind))) {
        add(port, kind);
        found = true;
      }
    }
    return found || fail("no service matches " + sluice::in_quotes(name) + " in the ports " + in_quotes());
  }

  /// True if the port is in the table. There is no table of IP protocols, so brackets keep all of them.
  [[nodiscard]] bool listed(unsigned port, Kind kind) const {
    return kind == Kind::Ip || services_.known(static_cast<std::uint16_t>(port), static_cast<Protocol>(kind));
  }

  void add(unsigned port, Kind kind) {
    Set& set = sets_[static_cast<std::size_t>(kind)];
    repeated_ = repeated_ || set[port];
    set.set(port);
  }

  [[nodiscard]] std::string culprit() const {
    const unsigned char c = static_cast<unsigned char>(peek());
    if (std::isprint(c)) return std::string("'") + peek() + "'";
    return "byte " + std::to_string(c);
  }

  const std::string& text_;
  const ServiceTable& services_;
  Kinds default_kinds_;
  std::size_t at_ = 0;
  std::vector<Set> sets_ = std::vector<Set>(kKinds);
  bool repeated_ = false;
  std::optional<std::string> error_;
};

void subtract(std::vector<std::uint16_t>& from, const std::vector<std::uint16_t>& ports) {
  std::erase_if(from, [&](std::uint16_t port) { return std::binary_search(ports.begin(), ports.end(), port); });
}

}  // namespace

const std::vector<std::uint16_t>& PortLists::of(Protocol protocol) const {
  return const_cast<PortLists*>(this)->of(protocol);
}

std::vector<std::uint16_t>& PortLists::of(Protocol protocol) {
  switch (protocol) {
    case Protocol::Tcp:
      return tcp;
    case Protocol::Udp:
      return udp;
    case Protocol::Sctp:
      break;
  }
  return sctp;
}

Result<PortLists> parse_ports(const std::string& text, const std::vector<Protocol>& protocols,
                              const ServiceTable& services) {
  return Parser(text, protocols, services).parse();
}

Result<PortLists> choose_ports(const PortRequest& request, const ServiceTable& services) {
  PortLists lists;
  if (request.ports) {
    auto parsed = parse_ports(*request.ports, request.protocols, services);
    if (!parsed) return parsed.error().in(request.option);
    lists = std::move(*parsed);
  } else {
    for (const Protocol protocol : request.protocols) lists.of(protocol) = services.ports(protocol);
  }

  PortLists excluded;
  if (request.exclude) {
    auto parsed = parse_ports(*request.exclude, request.protocols, services);
    if (!parsed) return parsed.error().in("--exclude-ports");
    excluded = std::move(*parsed);
  }
  subtract(lists.ip_protocols, excluded.ip_protocols);

  std::optional<unsigned> count = request.top;
  if (!count && request.fast) count = kFastPortCount;
  if (!count && !request.ports && !request.ratio) count = kUsualPortCount;
  for (const Protocol protocol : {Protocol::Tcp, Protocol::Udp, Protocol::Sctp}) {
    auto& ports = lists.of(protocol);
    subtract(ports, excluded.of(protocol));
    if (request.ratio)
      std::erase_if(ports, [&](std::uint16_t port) {
        return !services.known(port, protocol) || services.ratio(port, protocol) < *request.ratio;
      });
    if (count) ports = services.most_frequent(std::move(ports), protocol, *count);
  }
  return lists;
}

std::string ranges_text(const std::vector<std::uint16_t>& ports) {
  std::string text;
  for (std::size_t first = 0, last; first < ports.size(); first = last + 1) {
    last = first;
    while (last + 1 < ports.size() && ports[last + 1] == ports[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(ports[first]);
    if (last != first) text += '-' + std::to_string(ports[last]);
  }
  return text;
}

}  // namespace sluice::model
