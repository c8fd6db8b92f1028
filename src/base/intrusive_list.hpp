#pragma once

#include <cassert>
#include <cstddef>

namespace sluice {

/// What an object inherits (or has as a member reachable by inheritance) to stand in one IntrusiveList at a time.
/// `Tag` tells several memberships apart. Leaves its list when destroyed.
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

/// A FIFO of objects that carry their own links: every operation is O(1) and allocates nothing. Owns nothing.
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
  /// Visits in order; the visited object may be unlinked meanwhile, others may not.
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
