// SPDX-License-Identifier: Apache-2.0
#include "model/known_port.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "model/known_place.hpp"

namespace sluice::model {

namespace {

using Ports = Result<std::vector<KnownPort>>;

std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '#' && (i == 0 || is_space(line[i - 1]))) return line.substr(0, i);
  return line;
}

Result<void> check_service(std::string_view name) {
  if (std::any_of(name.begin(), name.end(), is_space)) return wrong_part(name, "is not the name of a service");
  return {};
}

Ports parse_native(std::string_view line) {
  std::string_view rest = line;
  KnownPort known;
  const std::string_view place = trim(take_until(rest, ','));
  const std::string_view second = trim(take_until(rest, ','));
  if (const auto number = parse_port(second); number && Address::parse(place)) {  // "1.2.3.4,80", as zmap writes it
    if (auto read = parse_host(place, known); !read) return read.error();
    known.port = *number;
  } else {
    if (auto read = parse_place(place, known); !read) return read.error();
    known.service = second;
  }
  if (auto checked = check_service(known.service); !checked) return checked.error();
  const std::string_view hostname = trim(rest);
  if (!hostname.empty()) {
    if (!is_hostname(hostname)) return wrong_part(hostname, "is not a host name");
    const std::string before = known.hostname;
    if (auto read = parse_hostname(hostname, known); !read) return read.error();
    if (!known.address && before != known.hostname) return wrong_part(line, "names two hosts");
  }
  return std::vector{std::move(known)};
}

/// Parses "tcp 80 1.2.3.4 1500000000", which masscan -oL writes after "open".
Ports parse_masscan_list(std::string_view rest) {
  KnownPort known;
  const std::string_view protocol = take_word(rest), port = take_word(rest), host = take_word(rest);
  const std::string place = std::string(port) + "/" + std::string(protocol);
  if (auto read = parse_port_and_protocol(place, known); !read) return read.error();
  if (auto read = parse_host(host, known); !read) return read.error();
  return std::vector{std::move(known)};
}

/// Parses "port 80/tcp on 1.2.3.4", which masscan prints after "Discovered open".
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
    return wrong_part(list, "is not a list of ports in brackets");
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

/// Parses a service of a grepable report: "ssl|http" is http over TLS, "http?" is a guess by the port number.
Result<void> parse_grepable_service(std::string_view text, KnownPort& known) {
  constexpr std::string_view kTunnel = "ssl|";
  known.tls = text.starts_with(kTunnel);
  if (known.tls) text.remove_prefix(kTunnel.size());
  if (text.ends_with('?')) text.remove_suffix(1);
  if (text != "unknown") known.service = text;
  return check_service(known.service);
}

/// Parses "80/open/tcp//http///, 443/open/tcp//https///". The fields are port, state, protocol, owner, service, and
/// others that contain no "/".
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

/// Parses a line of a grepable report: fields that are separated by tabs. masscan has one before "Host:". The name in
/// parentheses is ignored, because it is the reverse name of the address and not the target's name.
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

/// Returns `line` without terminal escape sequences.
std::string without_colours(std::string_view line) {
  constexpr char kEscape = '\x1b', kBell = '\a';
  std::string plain;
  while (!line.empty()) {
    plain += take_until(line, kEscape);
    if (line.empty()) break;
    const char kind = line.front();
    line.remove_prefix(1);
    if (kind == '[') {  // control sequence: parameters, then a final byte
      while (!line.empty() && (line.front() < '@' || line.front() > '~')) line.remove_prefix(1);
      if (!line.empty()) line.remove_prefix(1);
    } else if (kind == ']') {  // title or link, which ends at BEL or ESC
      const std::size_t end = line.find_first_of("\a\x1b");
      line.remove_prefix(std::min(end, line.size()));
      if (line.starts_with(kBell))
        line.remove_prefix(1);
      else if (line.size() > 1)
        line.remove_prefix(2);
    }
  }
  return plain;
}

/// Beginnings of messages of RustScan, naabu and masscan.
constexpr std::string_view kTags[] = {"[~]",   "[!]",   "[>]",   "[*]",   "[-]",  "[i]",
                                      "[INF]", "[WRN]", "[ERR]", "[DBG]", "[FTL]"};
/// First words of messages. A host may have the same name: "Starting masscan 1.3.2", "Scanning 1 hosts".
constexpr std::string_view kWords[] = {"Starting", "Initiating", "Scanning"};

bool is_message(std::string_view line) {
  if (std::any_of(std::begin(kTags), std::end(kTags), [&](auto tag) { return line.starts_with(tag); })) return true;
  std::string_view rest = line;
  const std::string_view first = take_word(rest), second = take_word(rest);
  if (first == "rate:") return second.find("kpps") != std::string_view::npos;
  KnownPort place;
  return std::find(std::begin(kWords), std::end(kWords), first) != std::end(kWords) && !second.empty() &&
         !parse_place(second, place);
}

/// Parses "https://host:8443/path", with the additions of HTTP probers in brackets behind it.
Ports parse_url_line(std::string_view line) {
  KnownPort known;
  if (auto read = parse_url(take_word(line), known); !read) return read.error();
  line = trim(line);
  if (!line.empty() && line.front() != '[') return wrong_part(line, "is not allowed after a URL");
  return std::vector{std::move(known)};
}

/// Parses a line in one of the formats that need no state of the parser.
Ports parse_line(std::string_view line) {
  constexpr std::string_view kArrow = " -> ";
  if (const std::size_t arrow = line.find(kArrow); arrow != std::string_view::npos)
    return parse_rustscan(trim(line.substr(0, arrow)), trim(line.substr(arrow + kArrow.size())));
  std::string_view rest = line;
  const std::string_view first = take_word(rest);
  const bool one_word = trim(rest).empty();
  if (first.find("://") != std::string_view::npos) return parse_url_line(line);
  if (!one_word && first == "Open") return parse_native(trim(rest));
  if (!one_word && first == "open") return parse_masscan_list(rest);
  if (!one_word && (first == "closed" || first == "banner")) return std::vector<KnownPort>{};
  if (first == "Discovered" && take_word(rest) == "open") return parse_masscan_line(rest);
  return parse_native(line);
}

}  // namespace

Result<std::vector<KnownPort>> KnownPortParser::parse(std::string_view line) {
  const std::string plain = without_colours(line);  // of older versions of masscan
  line = trim(plain);
  const bool finished = line.starts_with("{finished:");  // of older versions of masscan
  if (json_.open() || (JsonObjects::begins(line) && !finished)) {
    const auto objects = json_.add(line);
    if (!objects) return objects.error();
    std::vector<KnownPort> ports;
    for (const std::string& object : *objects) {
      auto read = parse_json_ports(object);
      if (!read) return read.error();
      std::move(read->begin(), read->end(), std::back_inserter(ports));
    }
    return ports;
  }
  if (line.starts_with("Host: ") || line.starts_with("Timestamp: ")) return parse_grepable(line);
  line = trim(without_comment(line));
  if (finished || is_decoration(line)) return std::vector<KnownPort>{};
  if (line.starts_with("[+]")) line = trim(line.substr(3));
  if (const auto columns = CsvColumns::parse(line)) {
    columns_ = columns;
    return std::vector<KnownPort>{};
  }
  if (columns_)
    if (auto ports = columns_->ports(line)) return *std::move(ports);
  return parse_line(line);
}

bool KnownPortParser::is_cut_off_by(std::string_view line) const {
  return json_.open() && !json_.continues(without_colours(line));
}

std::optional<Error> KnownPortParser::end() { return json_.open() ? std::optional(json_.drop()) : std::nullopt; }

/// True if the line is output of a scanner other than a result.
bool KnownPortParser::is_decoration(std::string_view line) {
  if (is_art(line) || is_message(line)) return true;
  const auto tells = [](char c) {
    return is_letter(c) || is_digit(c) || c == ':' || static_cast<unsigned char>(c) >= 0x80;
  };
  return std::none_of(line.begin(), line.end(), tells) || (line.starts_with("<!--") && line.ends_with("-->"));
}

/// True if the line is part of the banner of RustScan: lines of art with a slogan and addresses, a line of dashes, and
/// a quotation, which may be a URL. A line with a port of a host ends the banner.
bool KnownPortParser::is_art(std::string_view line) {
  constexpr std::string_view kBegin = ".----. .-. .-.";
  constexpr int kMaxLines = 16;
  if (line.starts_with(kBegin)) {
    art_ = Art::Banner;
    art_lines_ = 0;
  }
  if (art_ == Art::None) return false;
  const bool is_result = line.find("://") == std::string_view::npos && parse_line(line);
  if (line.empty() || is_result || is_message(line) || ++art_lines_ > kMaxLines) {
    art_ = Art::None;
    return false;
  }
  const bool rule = line.starts_with('-') && line.find_first_not_of('-') == std::string_view::npos;
  if (std::exchange(art_, rule ? Art::Quote : art_) == Art::Quote) art_ = Art::None;
  return true;
}

Result<std::vector<KnownPort>> parse_known_ports(std::string_view line) { return KnownPortParser().parse(line); }

}  // namespace sluice::model
