// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstddef>

namespace sluice {

/// Base class of objects that can be in an IntrusiveList.
/// Invariant: a node is in at most one list of its `Tag`. An object that needs several memberships inherits once per
/// tag. The destructor removes the node from its list. Not thread-safe.
template <class Tag>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  [[nodiscard]] bool linked() const noexcept { return next_ != nullptr; }
  void unlink() noexcept {
    if (!next_) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <class, class>
  friend class IntrusiveList;
  ListNode* next_ = nullptr;
  ListNode* previous_ = nullptr;
};

/// Doubly linked list of objects that contain their own links. The list does not own the objects. Its destructor
/// removes all of them from it. All operations but for_each and the destructor are O(1); none allocates. Not
/// thread-safe.
template <class T, class Tag>
class IntrusiveList {
 public:
  IntrusiveList() { root_.next_ = root_.previous_ = &root_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    while (!empty()) pop_front();
    root_.next_ = root_.previous_ = nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return root_.next_ == &root_; }
  [[nodiscard]] T& front() noexcept {
    assert(!empty());
    return *static_cast<T*>(root_.next_);
  }
  [[nodiscard]] T& back() noexcept {
    assert(!empty());
    return *static_cast<T*>(root_.previous_);
  }
  void push_back(T& object) noexcept {
    ListNode<Tag>& node = object;
    assert(!node.linked());
    node.previous_ = root_.previous_;
    node.next_ = &root_;
    root_.previous_->next_ = &node;
    root_.previous_ = &node;
  }
  T& pop_front() noexcept {
    T& object = front();
    static_cast<ListNode<Tag>&>(object).unlink();
    return object;
  }
  /// Calls `visit` for each object, in the order of the list.
  /// REQUIRES: `visit` removes at most the object that it receives.
  template <class F>
  void for_each(F&& visit) {
    for (ListNode<Tag>* node = root_.next_; node != &root_;) {
      ListNode<Tag>* next = node->next_;
      visit(*static_cast<T*>(node));
      node = next;
    }
  }

 private:
  ListNode<Tag> root_;
};

}  // namespace sluice
