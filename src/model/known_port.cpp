#include "model/known_port.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace sluice::model {

namespace {

using Ports = Result<std::vector<KnownPort>>;

/// In quotes; of a long text only the beginning, whole characters of UTF-8.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return "'" + std::string(text) + "'";
  std::size_t size = kMost;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return "'" + std::string(text.substr(0, size)) + "...'";
}

Error wrong(std::string_view text, const char* what) { return Error{quoted(text) + ' ' + what}; }

std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '#' && (i == 0 || is_space(line[i - 1]))) return line.substr(0, i);
  return line;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_number<std::uint16_t>(text);
  return port && *port != 0 ? port : std::nullopt;
}

/// Letters, digits, "-", "_" and "." with a letter among them: "1.2.3.400" is a mistyped address, not a name.
bool is_hostname(std::string_view text) {
  const auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
  };
  const auto telling = [](char c) { return !is_digit(c) && c != '.'; };
  return !text.empty() && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), allowed) && std::any_of(text.begin(), text.end(), telling);
}

/// "80" or "80/tcp" into the port; the error names the part that is wrong.
Result<void> parse_port_and_protocol(std::string_view text, KnownPort& known) {
  const std::string_view number = text.substr(0, text.find('/'));
  const auto port = parse_port(number);
  if (!port) return wrong(number, "is not a port between 1 and 65535");
  known.port = *port;
  if (number.size() == text.size()) return {};
  const std::string_view name = text.substr(number.size() + 1);
  const auto protocol = parse_protocol(to_lower(name));
  if (!protocol) return wrong(name, "is not a protocol (tcp, udp or sctp)");
  known.protocol = *protocol;
  return {};
}

/// "1.2.3.4", "::1" without brackets, or a name.
Result<void> parse_host(std::string_view text, KnownPort& known) {
  known.address = Address::parse(text);
  if (known.address) return {};
  if (!is_hostname(text)) return wrong(text, "is neither an address nor a host name");
  known.hostname = text;
  return {};
}

/// "host:port[/protocol]".
Result<void> parse_place(std::string_view text, KnownPort& known) {
  std::string_view host, port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    host = text.substr(1, close == std::string_view::npos ? close : close - 1);
    const auto address = Address::parse(host);
    if (close == std::string_view::npos || !address || address->is_v4())
      return wrong(text, "has no IPv6 address in its brackets");
    port = text.substr(close + 1);
    if (!port.starts_with(':')) return wrong(text, "has no ':' and port behind its brackets");
    port.remove_prefix(1);
  } else {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return wrong(text, "has no port (address:port is needed)");
    if (text.find(':', colon + 1) != std::string_view::npos)
      return wrong(text, "is not clear: put the IPv6 address in brackets, as in [::1]:443");
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (auto read = parse_host(host, known); !read) return read;
  return parse_port_and_protocol(port, known);
}

Result<void> check_service(std::string_view name) {
  if (std::any_of(name.begin(), name.end(), is_space)) return wrong(name, "is not the name of a service");
  return {};
}

Ports parse_native(std::string_view line) {
  std::string_view rest = line;
  KnownPort known;
  const std::string_view place = trim(take_until(rest, ','));
  if (auto read = parse_place(place, known); !read) return read.error();
  known.service = trim(take_until(rest, ','));
  if (auto checked = check_service(known.service); !checked) return checked.error();
  const std::string_view hostname = trim(rest);
  if (!hostname.empty()) {
    if (!is_hostname(hostname)) return wrong(hostname, "is not a host name");
    if (!known.address && hostname != known.hostname) return wrong(line, "names two hosts");
    known.hostname = hostname;
  }
  return std::vector{std::move(known)};
}

/// "tcp 80 1.2.3.4 1500000000", what masscan -oL writes after "open".
Ports parse_masscan_list(std::string_view rest) {
  KnownPort known;
  const std::string_view protocol = take_word(rest), port = take_word(rest), host = take_word(rest);
  const std::string place = std::string(port) + "/" + std::string(protocol);
  if (auto read = parse_port_and_protocol(place, known); !read) return read.error();
  if (auto read = parse_host(host, known); !read) return read.error();
  return std::vector{std::move(known)};
}

/// "port 80/tcp on 1.2.3.4", what masscan prints after "Discovered open".
Ports parse_masscan_line(std::string_view rest) {
  KnownPort known;
  take_word(rest);
  const std::string_view place = take_word(rest);
  take_word(rest);
  if (auto read = parse_port_and_protocol(place, known); !read) return read.error();
  if (auto read = parse_host(take_word(rest), known); !read) return read.error();
  return std::vector{std::move(known)};
}

Ports parse_rustscan(std::string_view host, std::string_view list) {
  if (!list.starts_with('[') || !list.ends_with(']') || list.size() < 2)
    return wrong(list, "is not a list of ports in brackets");
  list = list.substr(1, list.size() - 2);
  std::vector<KnownPort> ports;
  while (!trim(list).empty()) {
    KnownPort known;
    if (auto read = parse_host(host, known); !read) return read.error();
    if (auto read = parse_port_and_protocol(trim(take_until(list, ',')), known); !read) return read.error();
    ports.push_back(std::move(known));
  }
  return ports;
}

/// "ssl|http" is http over TLS; "http?" a guess by the number of the port.
Result<void> parse_grepable_service(std::string_view text, KnownPort& known) {
  constexpr std::string_view kTunnel = "ssl|";
  known.tls = text.starts_with(kTunnel);
  if (known.tls) text.remove_prefix(kTunnel.size());
  if (text.ends_with('?')) text.remove_suffix(1);
  if (text != "unknown") known.service = text;
  return check_service(known.service);
}

/// "80/open/tcp//http///, 443/open/tcp//https///": port, state, protocol, owner, service, and what may have any
/// character but "/".
Ports parse_grepable_ports(std::string_view host, std::string_view list) {
  std::vector<KnownPort> ports;
  while (!(list = trim(list)).empty()) {
    constexpr std::string_view kBetween = "/,";
    const std::size_t end = list.find(kBetween);
    std::string_view entry = list.substr(0, end);
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + kBetween.size());
    const std::string port(take_until(entry, '/'));
    if (take_until(entry, '/') != "open") continue;
    KnownPort known;
    if (auto read = parse_host(host, known); !read) return read.error();
    if (auto read = parse_port_and_protocol(port + '/' + std::string(take_until(entry, '/')), known); !read)
      return read.error();
    take_until(entry, '/');
    if (auto read = parse_grepable_service(take_until(entry, '/'), known); !read) return read.error();
    ports.push_back(std::move(known));
  }
  return ports;
}

/// Fields between tabs, of which masscan has one in front. The name in parentheses is what the address resolved to, not
/// what the host was called.
Ports parse_grepable(std::string_view line) {
  std::string_view host;
  while (!line.empty()) {
    std::string_view value = line.substr(0, line.find('\t'));
    line.remove_prefix(std::min(line.size(), value.size() + 1));
    const std::string_view name = take_word(value);
    if (name == "Host:") host = take_word(value);
    if (name == "Ports:") return parse_grepable_ports(host, value);
  }
  return std::vector<KnownPort>{};
}

}  // namespace

Result<std::vector<KnownPort>> parse_known_ports(std::string_view line) {
  if (line.starts_with("Host: ") || line.starts_with("Timestamp: ")) return parse_grepable(line);
  line = trim(without_comment(line));
  if (line.empty()) return std::vector<KnownPort>{};
  constexpr std::string_view kArrow = " -> ";
  if (const std::size_t arrow = line.find(kArrow); arrow != std::string_view::npos)
    return parse_rustscan(trim(line.substr(0, arrow)), trim(line.substr(arrow + kArrow.size())));
  std::string_view rest = line;
  const std::string_view first = take_word(rest);
  const bool one_word = trim(rest).empty();
  if (!one_word && first == "open") return parse_masscan_list(rest);
  if (!one_word && (first == "closed" || first == "banner")) return std::vector<KnownPort>{};
  if (first == "Discovered" && take_word(rest) == "open") return parse_masscan_line(rest);
  return parse_native(line);
}

}  // namespace sluice::model
