// SPDX-License-Identifier: Apache-2.0
#include "script/order.hpp"

#include <gtest/gtest.h>

namespace sluice::script {
namespace {

using Levels = std::vector<std::size_t>;

TEST(RunLevels, LevelIsOneMoreThanHighestDependency) {
  EXPECT_EQ(*run_levels({{"c", {"b", "a"}}, {"b", {"a"}}, {"a", {}}, {"d", {}}}), (Levels{3, 2, 1, 1}));
  EXPECT_EQ(*run_levels({{"top", {"left", "right"}}, {"left", {"base"}}, {"right", {"base"}}, {"base", {}}}),
            (Levels{3, 2, 2, 1}));
  EXPECT_EQ(*run_levels({}), Levels{});
}

TEST(RunLevels, UnselectedDependenciesAreIgnored) {
  EXPECT_EQ(*run_levels({{"a", {"gone", "b"}}, {"b", {"gone"}}}), (Levels{2, 1}));
}

TEST(RunLevels, ErrorNamesDependencyCycle) {
  EXPECT_EQ(run_levels({{"x", {"a"}}, {"a", {"b"}}, {"b", {"a"}}}).error().message,
            "circular dependency in chain `a->b->a`");
  EXPECT_EQ(run_levels({{"a", {"a"}}}).error().message, "circular dependency in chain `a->a`");
}

TEST(RunLevels, LongChainNeedsNoRecursion) {
  std::vector<Dependent> scripts;
  for (int i = 0; i < 100'000; ++i) scripts.push_back({std::to_string(i), {std::to_string(i + 1)}});
  const auto levels = run_levels(scripts);
  EXPECT_EQ(levels->front(), 100'000u);
  EXPECT_EQ(levels->back(), 1u);
}

}  // namespace
}  // namespace sluice::script
