// SPDX-License-Identifier: Apache-2.0
#include "core/deadlines.hpp"

namespace sluice::core {

Deadlines::Id Deadlines::arm(TimePoint due, Expirable& owner, std::uint64_t cookie) {
  const std::uint64_t order = ++orders_;
  const Id id = entries_.emplace(Entry{due, order, &owner, cookie});
  heap_.push_back({});
  sift_up(heap_.size() - 1, {due, order, id});
  return id;
}

void Deadlines::rearm(Id id, TimePoint due) noexcept {
  Entry* entry = entries_.find(id);
  if (!entry) return;
  entry->due = due;
  entry->order = ++orders_;
  if (due < heap_[entry->place].at) sift_up(entry->place, {due, entry->order, id});
}

void Deadlines::cancel(Id id) noexcept {
  const Entry* entry = entries_.find(id);
  if (!entry) return;
  take_out(entry->place);
  entries_.erase(id);
}

std::optional<TimePoint> Deadlines::next() const noexcept {
  if (heap_.empty() || heap_.front().at == kNever) return std::nullopt;
  return heap_.front().at;
}

std::size_t Deadlines::expire(TimePoint now) {
  std::size_t fired = 0;
  while (!heap_.empty() && heap_.front().at <= now && heap_.front().at != kNever) {
    const Item top = heap_.front();
    const Entry entry = entries_.at(top.id);
    if (top.order != entry.order) {  // rearmed to a later time
      sift_down(0, {entry.due, entry.order, top.id});
      continue;
    }
    cancel(top.id);
    ++fired;
    entry.owner->expired(entry.cookie);
  }
  return fired;
}

void Deadlines::put(std::size_t place, const Item& item) noexcept {
  heap_[place] = item;
  entries_.at(item.id).place = place;
}

void Deadlines::sift_up(std::size_t place, const Item& item) noexcept {
  while (place > 0) {
    const std::size_t parent = (place - 1) / 2;
    if (!item.before(heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, item);
}

void Deadlines::sift_down(std::size_t place, const Item& item) noexcept {
  for (;;) {
    std::size_t child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
    if (!heap_[child].before(item)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, item);
}

void Deadlines::take_out(std::size_t place) noexcept {
  const Item last = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return;
  if (place > 0 && last.before(heap_[(place - 1) / 2]))
    sift_up(place, last);
  else
    sift_down(place, last);
}

}  // namespace sluice::core
