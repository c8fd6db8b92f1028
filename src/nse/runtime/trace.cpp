// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include "nse/runtime/runtime.hpp"
#include "nse/runtime/socket.hpp"

namespace sluice::nse {
namespace {

bool printable(char c) { return std::isprint(static_cast<unsigned char>(c)) != 0; }
bool space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string end_text(const std::optional<Endpoint>& end) {
  if (!end) return "";
  return fmt::format("{}:{}", end->address.text(), end->port);
}

}  // namespace

std::string dump(std::string_view data) {
  const auto readable = static_cast<std::size_t>(
      std::count_if(data.begin(), data.end(), [](char c) { return printable(c) || space(c); }));
  std::string text;
  auto out = std::back_inserter(text);
  if (readable * 100 >= data.size() * 95) {
    for (const char c : data) {
      if (printable(c) || space(c))
        text += c;
      else
        fmt::format_to(out, "  \\{}", static_cast<unsigned char>(c));
    }
    return text;
  }
  constexpr std::size_t kRow = 16;
  for (std::size_t start = 0; start < data.size(); start += kRow) {
    const std::string_view row = data.substr(start, kRow);
    fmt::format_to(out, "{:08x}: ", start);
    for (std::size_t i = 0; i < kRow; ++i)
      i < row.size() ? fmt::format_to(out, "{:02x} ", static_cast<unsigned char>(row[i])) : fmt::format_to(out, "   ");
    for (const char c : row) text += std::isgraph(static_cast<unsigned char>(c)) ? c : ' ';
    text += '\n';
  }
  return text;
}

void Trace::says(std::string_view what) {
  if (runtime_.options.script_trace) runtime_.log({event::LogTo::Output, fmt::format("NSE: {}", what)});
}

void Trace::line(const Socket& socket, char direction, std::string_view text) {
  using net::Transport;
  const Transport transport = socket.transport;
  if (transport == Transport::RawIp || transport == Transport::Ethernet || transport == Transport::Command) return;
  if (socket.capturing) return says(fmt::format("{} | {}", direction, text));
  const auto info = runtime_.parts.sockets.info(socket.id).value_or(net::SocketInfo{});
  const char* protocol = net::over_udp(transport) ? "UDP" : "TCP";
  runtime_.log({event::LogTo::Output, fmt::format("NSE: {} {} {} {} | {}", protocol, end_text(info.local), direction,
                                                  end_text(info.remote), text)});
}

void Trace::done(const Socket& socket, const char* what) {
  if (runtime_.options.script_trace) line(socket, '>', what);
}

void Trace::sends(const Socket& socket, std::string_view data) {
  if (runtime_.options.script_trace) line(socket, '>', dump(data) + "\n");
}

void Trace::received(const Socket& socket, std::string_view data) {
  if (runtime_.options.script_trace) line(socket, '<', dump(data) + "\n");
}

}  // namespace sluice::nse
