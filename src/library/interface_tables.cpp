// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <sluice/interfaces.hpp>
#include <sluice/report.hpp>
#include <vector>

#include "native/interfaces.hpp"
#include "native/route_table.hpp"

namespace sluice {

namespace {

using Row = std::vector<std::string>;

/// Returns a table whose columns are as wide as their widest cell. Rows have no trailing spaces.
std::string table(const std::string& title, const std::vector<Row>& rows) {
  if (rows.size() == 1) return fmt::format("{}: NONE FOUND(!)\n", title);
  constexpr std::size_t kWidth = 58;
  std::string text = fmt::format("{:*^{}}\n", title, kWidth);
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], row[column].size());
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column)
      line += fmt::format("{:{}} ", row[column], widths[column]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string kind_of(net::Link link) {
  switch (link) {
    case net::Link::Ethernet:
      return "ethernet";
    case net::Link::Loopback:
      return "loopback";
    case net::Link::PointToPoint:
      return "point2point";
    case net::Link::Other:
      break;
  }
  return "other";
}

}  // namespace

std::string interface_tables() {
  std::vector<Row> interfaces = {{"DEV", "(SHORT)", "IP/MASK", "TYPE", "UP", "MTU", "MAC"}};
  for (const net::Interface& entry : net::list_interfaces())
    interfaces.push_back({entry.device, '(' + entry.device + ')',
                          fmt::format("{}/{}", entry.address ? entry.address->text() : "(none)", entry.prefix),
                          kind_of(entry.link), entry.up ? "up" : "down", fmt::to_string(entry.mtu),
                          mac_text(entry.mac)});
  std::vector<Row> routes = {{"DST/MASK", "DEV", "METRIC", "GATEWAY"}};
  for (const net::RouteEntry& route : net::list_routes())
    routes.push_back({fmt::format("{}/{}", route.destination.text(), route.prefix), route.device,
                      fmt::to_string(route.metric), route.gateway ? route.gateway->text() : ""});
  return table("INTERFACES", interfaces) + '\n' + table("ROUTES", routes) + '\n';
}

}  // namespace sluice
