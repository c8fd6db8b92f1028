// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sluice/command_line.hpp>

namespace sluice {
namespace {

TEST(ProxyWarning, WarningNamesLibraryAndBypassingTraffic) {
  for (const char* const library : {"/usr/lib/x86_64-linux-gnu/libproxychains.so.4", "./libproxychains4.so",
                                    "/usr/lib/x86_64-linux-gnu/torsocks/libtorsocks.so", "libtsocks.so other.so"}) {
    const auto warning = proxy_warning(library);
    ASSERT_TRUE(warning) << library;
    EXPECT_NE(warning->find("UDP"), std::string::npos);
    EXPECT_NE(warning->find("--dns-servers"), std::string::npos);
    EXPECT_NE(warning->find("pings"), std::string::npos);
  }
  EXPECT_NE(proxy_warning("libtorsocks.so")->find("names torsocks:"), std::string::npos);
  EXPECT_NE(proxy_warning("libtsocks.so")->find("names tsocks:"), std::string::npos);
}

TEST(ProxyWarning, OtherLibrariesCauseNoWarning) {
  for (const char* const library : {"", "libjemalloc.so", "/usr/lib/libeatmydata.so"})
    EXPECT_FALSE(proxy_warning(library)) << library;
}

}  // namespace
}  // namespace sluice
