// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "model/known_place.hpp"

namespace sluice::model {

namespace {

constexpr std::size_t kMaxColumns = 256;

/// Splits a line at commas. Removes quotation marks around fields.
std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted_field = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const bool doubled = quoted_field && line.substr(at, 2) == "\"\"";
    if (line[at] == '"' && !doubled) {
      quoted_field = !quoted_field;
    } else if (line[at] == ',' && !quoted_field) {
      if (fields.size() == kMaxColumns) break;
      fields.emplace_back();
    } else {
      fields.back() += line[at];
      at += doubled ? 1 : 0;
    }
  }
  for (std::string& field : fields) field = std::string(trim(field));
  return fields;
}

bool is_column_name(std::string_view text) {
  return !text.empty() && (is_letter(text.front()) || text.front() == '_') &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == ' '; });
}

}  // namespace

std::optional<CsvColumns> CsvColumns::parse(std::string_view line) {
  if (line.find(',') == std::string_view::npos && line != "saddr") return std::nullopt;
  const std::vector<std::string> names = fields_of(line);
  if (!std::all_of(names.begin(), names.end(), is_column_name)) return std::nullopt;
  const auto column = [&](std::initializer_list<std::string_view> wanted) -> std::optional<std::size_t> {
    for (const std::string_view each : wanted)
      for (std::size_t at = 0; at < names.size(); ++at)
        if (equal_ignoring_case(names[at], each)) return at;
    return std::nullopt;
  };
  CsvColumns columns;
  columns.count = names.size();
  columns.address = column({"saddr", "ip", "address", "addr", "ip_address", "ipaddress", "ip address"});
  columns.name = column({"host", "hostname", "domain"});
  // zmap names the source port of the response "sport".
  columns.port = column({"sport", "port", "portid", "port_number"});
  columns.protocol = column({"protocol", "proto"});
  columns.service = column({"service", "service_name"});
  columns.tls = column({"tls"});
  columns.success = column({"success"});
  columns.state = column({"state", "status", "classification"});
  if (!columns.address) columns.address = std::exchange(columns.name, std::nullopt);
  if (!columns.address) return std::nullopt;
  return columns;
}

std::optional<Result<std::vector<KnownPort>>> CsvColumns::ports(std::string_view line) const {
  const std::vector<std::string> fields = fields_of(line);
  KnownPort known;
  if (fields.size() != count || !parse_host(fields[*address], known)) return std::nullopt;
  const auto field = [&](const std::optional<std::size_t>& column) { return column ? fields[*column] : std::string(); };
  if (!port) return wrong_part(line, "has no port: no column is named port or sport");
  const std::string shown = to_lower(field(state));
  if (field(success) == "0" || (!shown.empty() && shown != "open" && shown != "synack" && shown != "udp"))
    return std::vector<KnownPort>{};
  std::string text = field(port);
  if (protocol && !field(protocol).empty()) text += "/" + field(protocol);
  if (auto read = parse_port_and_protocol(text, known); !read) return Result<std::vector<KnownPort>>(read.error());
  if (known.address && is_hostname(field(name)))
    if (auto read = parse_hostname(field(name), known); !read) return Result<std::vector<KnownPort>>(read.error());
  const std::string encrypted = to_lower(field(tls));
  known.tls = encrypted == "true" || encrypted == "1";
  known.service = field(service);
  if (known.service == "unknown" || std::any_of(known.service.begin(), known.service.end(), is_space))
    known.service.clear();
  return std::vector{std::move(known)};
}

}  // namespace sluice::model
