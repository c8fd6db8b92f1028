// SPDX-License-Identifier: Apache-2.0
#include "library/native_platform.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

namespace sluice::library {
namespace {

/// Sets the soft limit of a resource during its lifetime.
class SoftLimit {
 public:
  SoftLimit(int resource, rlim_t limit) : resource_(resource) {
    ::getrlimit(resource, &before_);
    const rlimit less{std::min(limit, before_.rlim_max), before_.rlim_max};
    EXPECT_EQ(::setrlimit(resource, &less), 0);
  }
  ~SoftLimit() { ::setrlimit(resource_, &before_); }
  [[nodiscard]] const rlimit& before() const { return before_; }

 private:
  int resource_;
  rlimit before_{};
};

rlim_t soft_limit(int resource) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  return limit.rlim_cur;
}

TEST(NativePlatform, MemoryIsAtMostAddressSpaceLimit) {
  NativePlatform platform({});
  EXPECT_GT(platform.limits().memory, 0u);
  const SoftLimit less(RLIMIT_AS, rlim_t{1} << 46);
  EXPECT_LE(platform.limits().memory, soft_limit(RLIMIT_AS));
}

TEST(NativePlatform, DescriptorLimitIsRaisedOnlyIfPolicyAllows) {
  const SoftLimit low(RLIMIT_NOFILE, 64);
  (void)NativePlatform({}).limits();
  EXPECT_EQ(soft_limit(RLIMIT_NOFILE), 64u);
  (void)NativePlatform({.raise_descriptor_limit = true}).limits();
  EXPECT_EQ(soft_limit(RLIMIT_NOFILE), low.before().rlim_max);
}

TEST(NativePlatform, EnvironmentIsReadOnlyIfPolicyAllows) {
  ::setenv("NMAPDIR", "/somewhere", 1);
  EXPECT_EQ(NativePlatform({}).data_places().environment, std::nullopt);
  EXPECT_EQ(NativePlatform({.read_environment = true}).data_places().environment, "/somewhere");
  ::unsetenv("NMAPDIR");
}

}  // namespace
}  // namespace sluice::library
