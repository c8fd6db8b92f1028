// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sluice/writer.hpp>

namespace sluice {
namespace {

TEST(WriterOptions, DebugOrDoubleVerboseImpliesReason) {
  const auto reason = [](int verbosity, int debugging, bool asked = false) {
    Options options;
    options.verbosity = verbosity, options.debugging = debugging, options.reason = asked;
    return writer_options(options).reason;
  };
  EXPECT_FALSE(reason(0, 0));
  EXPECT_FALSE(reason(1, 0));
  EXPECT_TRUE(reason(2, 0));
  EXPECT_TRUE(reason(0, 1));
  EXPECT_TRUE(reason(0, 0, true));
}

TEST(WriterOptions, VersionColumnNeedsDetectionOrTargetsFrom) {
  Options options;
  EXPECT_FALSE(writer_options(options).versions || writer_options(options).detection);
  options.targets_from = "known";
  EXPECT_TRUE(writer_options(options).versions);
  EXPECT_FALSE(writer_options(options).detection);
  options.versions = true;
  EXPECT_TRUE(writer_options(options).detection);
  options.port_scan = false;
  EXPECT_FALSE(writer_options(options).detection) << "without a port scan nothing is detected";
}

}  // namespace
}  // namespace sluice
