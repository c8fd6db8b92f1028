// SPDX-License-Identifier: Apache-2.0
#include "base/slab.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sluice {
namespace {

TEST(Slab, FindReturnsObjectOfHandle) {
  Slab<std::string> slab;
  const Handle first = slab.emplace("one");
  const Handle second = slab.emplace(3, 'x');
  ASSERT_TRUE(slab.find(first));
  EXPECT_EQ(*slab.find(first), "one");
  EXPECT_EQ(slab.at(second), "xxx");
  EXPECT_EQ(slab.size(), 2u);
  EXPECT_NE(first, second);
}

TEST(Slab, DefaultHandleFindsNothing) {
  Slab<int> slab;
  EXPECT_FALSE(Handle{});
  EXPECT_EQ(slab.find(Handle{}), nullptr);
  slab.emplace(1);
  EXPECT_EQ(slab.find(Handle{}), nullptr);
  EXPECT_TRUE((Handle{0, 0}));
}

TEST(Slab, StaleHandleFindsNothingAfterReuseOfPlace) {
  Slab<int> slab;
  const Handle old = slab.emplace(1);
  slab.erase(old);
  EXPECT_EQ(slab.find(old), nullptr);
  EXPECT_TRUE(slab.empty());
  const Handle young = slab.emplace(2);
  EXPECT_EQ(young.index, old.index) << "places are used again";
  EXPECT_EQ(slab.find(old), nullptr);
  EXPECT_EQ(slab.at(young), 2);
}

TEST(Slab, EraseByStaleHandleKeepsNewObject) {
  Slab<int> slab;
  const Handle old = slab.emplace(1);
  slab.erase(old);
  const Handle young = slab.emplace(2);
  slab.erase(old);
  EXPECT_EQ(slab.size(), 1u);
  EXPECT_TRUE(slab.find(young));
}

TEST(Slab, EraseTwiceFreesPlaceOnce) {
  Slab<int> slab;
  const Handle handle = slab.emplace(1);
  slab.erase(handle);
  slab.erase(handle);
  EXPECT_EQ(slab.size(), 0u);
  const Handle a = slab.emplace(2), b = slab.emplace(3);
  EXPECT_NE(a.index, b.index);
}

TEST(Slab, HandleNeverIssuedFindsNothing) {
  Slab<int> slab;
  slab.emplace(1);
  EXPECT_EQ(slab.find(Handle{7, 0}), nullptr);
  EXPECT_EQ(slab.find(Handle{0, 1}), nullptr);
  slab.erase(Handle{7, 0});
  EXPECT_EQ(slab.size(), 1u);
}

template <class T>
void expect_each_by_its_handle() {
  Slab<T> slab;
  std::vector<Handle> handles;
  for (int i = 0; i < 10'000; ++i) handles.push_back(slab.emplace(T{i}));
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(slab.at(handles[static_cast<std::size_t>(i)]).number, i);
  int next = 0;
  slab.for_each([&](Handle handle, const T& each) {
    EXPECT_EQ(handle, handles[static_cast<std::size_t>(next)]);
    EXPECT_EQ(each.number, next++);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&each) % alignof(T), 0u);
  });
  EXPECT_EQ(next, 10'000);
}

TEST(Slab, ManyObjectsAreFoundForSmallAndLargeTypes) {
  struct Small {
    int number;
  };
  struct alignas(64) LargerThanAPage {
    int number;
    char rest[5000] = {};
  };
  expect_each_by_its_handle<Small>();
  expect_each_by_its_handle<LargerThanAPage>();
}

TEST(Slab, GrowthKeepsObjectAddresses) {
  Slab<int> slab;
  const Handle first = slab.emplace(42);
  const int* address = slab.find(first);
  for (int i = 0; i < 10'000; ++i) slab.emplace(i);
  EXPECT_EQ(slab.find(first), address);
  EXPECT_EQ(*address, 42);
}

TEST(Slab, ObjectsNeedNotBeCopyableOrMovable) {
  struct Fixed {
    explicit Fixed(int n) : number(n) {}
    Fixed(const Fixed&) = delete;
    Fixed& operator=(const Fixed&) = delete;
    int number;
  };
  Slab<Fixed> slab;
  EXPECT_EQ(slab.at(slab.emplace(5)).number, 5);
}

// The destructor of an object may call code that looks the object up. A partly destroyed object must not be found.
struct LooksForItself {
  Slab<LooksForItself>* slab;
  bool* found;
  Handle self{};
  ~LooksForItself() {
    if (slab) *found = slab->find(self) != nullptr;
  }
};

TEST(Slab, HandleIsStaleBeforeTheDestructorRuns) {
  Slab<LooksForItself> slab;
  bool found = true;
  const Handle handle = slab.emplace(LooksForItself{nullptr, nullptr});
  slab.at(handle).slab = &slab;
  slab.at(handle).found = &found;
  slab.at(handle).self = handle;
  slab.erase(handle);
  EXPECT_FALSE(found);
}

TEST(Slab, ObjectsAreDestroyedOnce) {
  const auto counted = std::make_shared<int>(0);
  {
    Slab<std::shared_ptr<int>> slab;
    const Handle first = slab.emplace(counted);
    slab.emplace(counted);
    EXPECT_EQ(counted.use_count(), 3);
    slab.erase(first);
    EXPECT_EQ(counted.use_count(), 2);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(Slab, ForEachVisitsPresentObjectsAndAllowsErase) {
  Slab<int> slab;
  const Handle a = slab.emplace(1);
  slab.emplace(2);
  slab.emplace(3);
  slab.erase(a);
  std::set<int> seen;
  slab.for_each([&](Handle handle, int& value) {
    EXPECT_EQ(slab.find(handle), &value);
    seen.insert(value);
    slab.erase(handle);
  });
  EXPECT_EQ(seen, (std::set<int>{2, 3}));
  EXPECT_TRUE(slab.empty());
}

}  // namespace
}  // namespace sluice
