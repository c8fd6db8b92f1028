// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sluice {

/// Identifies an object in a Slab. A default-constructed handle identifies none. After the object has been erased the
/// handle is stale: it finds nothing, even if another object uses the same place.
struct Handle {
  std::uint32_t index = UINT32_MAX;
  std::uint32_t generation = 0;
  friend auto operator<=>(const Handle&, const Handle&) = default;  // NOLINT(modernize-use-nullptr): false positive
  explicit operator bool() const noexcept { return index != UINT32_MAX; }

  /// The handle as one number, for a cookie.
  [[nodiscard]] constexpr std::uint64_t pack() const noexcept { return std::uint64_t{generation} << 32 | index; }
  [[nodiscard]] static constexpr Handle unpack(std::uint64_t number) noexcept {
    return {static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32)};
  }
};

/// Container of objects with stable addresses, which are found by their handles. Lookup and erasure are O(1). Places of
/// erased objects are reused. A handle does not identify its slab: use a distinct handle type per slab. Not
/// thread-safe.
template <class T>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  template <class... Args>
  Handle emplace(Args&&... args) {
    std::uint32_t index;
    if (free_.empty()) {
      index = places_;
      if (free_.capacity() <= index) free_.reserve(2 * (index + std::size_t{1}));  // so that erase never allocates
      if (index % kPerChunk == 0) chunks_.push_back(std::make_unique<Place[]>(kPerChunk));
      ++places_;
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Place& place = place_at(index);
    place.value.emplace(std::forward<Args>(args)...);
    ++size_;
    return {index, place.generation};
  }

  T* find(Handle handle) noexcept {
    if (handle.index >= places_) return nullptr;
    Place& place = place_at(handle.index);
    return place.generation == handle.generation && place.value ? &*place.value : nullptr;
  }
  const T* find(Handle handle) const noexcept { return const_cast<Slab*>(this)->find(handle); }

  T& at(Handle handle) noexcept {
    T* found = find(handle);
    assert(found);
    return *found;
  }
  const T& at(Handle handle) const noexcept { return const_cast<Slab*>(this)->at(handle); }

  /// Removes the object. Its handle is stale before its destructor runs. A stale handle has no effect.
  void erase(Handle handle) noexcept {
    if (!find(handle)) return;
    Place& place = place_at(handle.index);
    ++place.generation;
    place.value.reset();
    free_.push_back(handle.index);
    --size_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  /// Calls `visit` with the handle and the object for each object, in the order of the places. O(places), so not for
  /// code that runs once per thread or per event.
  template <class F>
  void for_each(F&& visit) {
    for (std::uint32_t index = 0; index < places_; ++index)
      if (Place& place = place_at(index); place.value) visit(Handle{index, place.generation}, *place.value);
  }
  template <class F>
  void for_each(F&& visit) const {
    const_cast<Slab*>(this)->for_each([&](Handle handle, const T& value) { visit(handle, value); });
  }

 private:
  struct Place {
    std::uint32_t generation = 0;
    std::optional<T> value;
  };
  /// About 4096 bytes, and a power of two, so that a division by it is a shift.
  static constexpr std::size_t kPerChunk = std::bit_floor(std::max<std::size_t>(1, 4096 / sizeof(Place)));
  Place& place_at(std::uint32_t index) noexcept { return chunks_[index / kPerChunk][index % kPerChunk]; }

  std::vector<std::unique_ptr<Place[]>> chunks_;
  std::uint32_t places_ = 0;  ///< number of places in all chunks, used or free
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace sluice
