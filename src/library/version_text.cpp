// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <sluice/command_line.hpp>
#include <sluice/version.hpp>

namespace sluice {

std::string version_text(std::span<const std::string> further_libraries) {
  std::vector<std::string> libraries = library_versions();
  libraries.insert(libraries.end(), further_libraries.begin(), further_libraries.end());
  // Wrappers of Nmap look for the second line.
  return fmt::format(
      "sluice version {}\n"
      "Nmap version {} ( https://nmap.org ) is the version whose options, scripts and reports sluice supports. sluice "
      "is not Nmap.\nLibraries: {}\n",
      kVersion, kNmapVersion, fmt::join(libraries, " "));
}

}  // namespace sluice
