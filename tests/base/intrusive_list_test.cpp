// SPDX-License-Identifier: Apache-2.0
#include "base/intrusive_list.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace sluice {
namespace {

struct FirstTag;
struct SecondTag;

struct Item : ListNode<FirstTag>, ListNode<SecondTag> {
  explicit Item(int n) : number(n) {}
  [[nodiscard]] bool in_first() const { return ListNode<FirstTag>::linked(); }
  [[nodiscard]] bool in_second() const { return ListNode<SecondTag>::linked(); }
  int number;
};
using First = IntrusiveList<Item, FirstTag>;
using Second = IntrusiveList<Item, SecondTag>;

template <class List>
std::vector<int> numbers(List& list) {
  std::vector<int> found;
  list.for_each([&](Item& item) { found.push_back(item.number); });
  return found;
}

TEST(IntrusiveList, PopFrontReturnsObjectsInInsertionOrder) {
  Item a(1), b(2), c(3);
  First list;
  EXPECT_TRUE(list.empty());
  for (Item* item : {&a, &b, &c}) list.push_back(*item);
  EXPECT_EQ(&list.front(), &a);
  EXPECT_EQ(&list.back(), &c);
  EXPECT_EQ(&list.pop_front(), &a);
  EXPECT_EQ(&list.pop_front(), &b);
  EXPECT_EQ(&list.pop_front(), &c);
  EXPECT_TRUE(list.empty());
}

TEST(IntrusiveList, UnlinkFromMiddleKeepsOrderOfOthers) {
  Item a(1), b(2), c(3);
  First list;
  for (Item* item : {&a, &b, &c}) list.push_back(*item);
  b.ListNode<FirstTag>::unlink();
  EXPECT_FALSE(b.in_first());
  EXPECT_EQ(numbers(list), (std::vector{1, 3}));
  list.push_back(b);
  EXPECT_EQ(numbers(list), (std::vector{1, 3, 2}));
}

TEST(IntrusiveList, UnlinkOfUnlinkedObjectDoesNothing) {
  Item a(1);
  a.ListNode<FirstTag>::unlink();
  EXPECT_FALSE(a.in_first());
}

TEST(IntrusiveList, DestroyedObjectIsUnlinked) {
  Item a(1), c(3);
  auto b = std::make_unique<Item>(2);
  First list;
  list.push_back(a);
  list.push_back(*b);
  list.push_back(c);
  b.reset();
  EXPECT_EQ(numbers(list), (std::vector{1, 3}));
}

TEST(IntrusiveList, DestroyedListUnlinksObjects) {
  Item a(1), b(2);
  {
    First list;
    list.push_back(a);
    list.push_back(b);
  }
  EXPECT_FALSE(a.in_first());
  EXPECT_FALSE(b.in_first());
  First another;
  another.push_back(a);
  EXPECT_TRUE(a.in_first());
}

TEST(IntrusiveList, ObjectIsInOneListPerTag) {
  Item a(1), b(2);
  First first;
  Second second;
  first.push_back(a);
  first.push_back(b);
  second.push_back(b);
  second.push_back(a);
  EXPECT_EQ(numbers(first), (std::vector{1, 2}));
  EXPECT_EQ(numbers(second), (std::vector{2, 1}));
  first.pop_front();
  EXPECT_FALSE(a.in_first());
  EXPECT_TRUE(a.in_second());
}

TEST(IntrusiveList, ForEachAllowsVisitedObjectToMoveToOtherList) {
  Item a(1), b(2), c(3);
  First list, other;
  for (Item* item : {&a, &b, &c}) list.push_back(*item);
  std::vector<int> seen;
  list.for_each([&](Item& item) {
    seen.push_back(item.number);
    item.ListNode<FirstTag>::unlink();
    if (item.number != 2) other.push_back(item);
  });
  EXPECT_EQ(seen, (std::vector{1, 2, 3}));
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(numbers(other), (std::vector{1, 3}));
}

}  // namespace
}  // namespace sluice
