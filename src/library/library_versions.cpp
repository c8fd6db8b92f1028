// SPDX-License-Identifier: Apache-2.0
#include <ares.h>
#include <expat.h>
#include <fmt/format.h>
#include <libssh2.h>
#ifndef SLUICE_NO_TLS
#include <openssl/crypto.h>
#endif
#include <pcap/pcap.h>
#include <zlib.h>

#include <nlohmann/json_fwd.hpp>
#include <sluice/version.hpp>

#include "lua/version.hpp"

namespace sluice {

std::vector<std::string> library_versions() {
  std::vector<std::string> versions = {fmt::format("lua-{}", lua::version()), "lpeg-" SLUICE_LPEG_VERSION};
#ifndef SLUICE_NO_TLS
  versions.push_back(fmt::format("openssl-{}", OpenSSL_version(OPENSSL_VERSION_STRING)));
#endif
  versions.push_back(fmt::format("libssh2-{}", libssh2_version(0)));
  versions.push_back(fmt::format("c-ares-{}", ares_version(nullptr)));
  versions.push_back(fmt::format("zlib-{}", zlibVersion()));
  const XML_Expat_Version expat = XML_ExpatVersionInfo();
  versions.push_back(fmt::format("expat-{}.{}.{}", expat.major, expat.minor, expat.micro));
  const std::string_view pcap = pcap_lib_version();  // "libpcap version 1.10.3 (with ...)"
  constexpr std::string_view kBefore = "version ";
  const std::size_t number = pcap.find(kBefore);
  if (number != std::string_view::npos) {
    const std::string_view rest = pcap.substr(number + kBefore.size());
    versions.push_back(fmt::format("libpcap-{}", rest.substr(0, rest.find(' '))));
  }
  versions.push_back(fmt::format("fmt-{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100));
  versions.push_back(fmt::format("nlohmann-json-{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                 NLOHMANN_JSON_VERSION_PATCH));
  return versions;
}

}  // namespace sluice
