// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <sluice/command_line.hpp>

namespace sluice {

std::optional<std::string> proxy_warning(std::string_view ld_preload) {
  constexpr std::array<std::string_view, 3> kProxies{"proxychains", "torsocks", "tsocks"};
  for (const std::string_view proxy : kProxies)
    if (ld_preload.find(proxy) != std::string_view::npos)
      return "LD_PRELOAD names " + std::string(proxy) +
             ": TCP connections use its proxy; UDP, pings (-PE, -PP, -PR; none by default), raw packets, "
             "reverse look-ups (-n turns them off) and queries to --dns-servers bypass it";
  return std::nullopt;
}

}  // namespace sluice
