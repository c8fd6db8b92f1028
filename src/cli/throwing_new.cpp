// SPDX-License-Identifier: Apache-2.0
#include <mimalloc.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string_view>

#include "cli/run.hpp"

// Replaces operator new of the command. mimalloc replaces malloc and operator new; its operator new is C code, and ends
// the process instead of throwing std::bad_alloc if memory is short. The functions in this file throw. They allocate by
// malloc, so any operator delete, which calls free, may release their memory.

namespace {

/// Repeats `allocate` until it returns memory. Calls the new handler in between; without one, throws std::bad_alloc.
template <class Allocate>
void* obtain(Allocate allocate) {
  while (true) {
    if (void* memory = allocate()) return memory;
    const std::new_handler make_room = std::get_new_handler();
    if (!make_room) throw std::bad_alloc();
    make_room();
  }
}

void* obtain(std::size_t size) {
  return obtain([size] { return std::malloc(size == 0 ? 1 : size); });
}

void* obtain(std::size_t size, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  return obtain([=] { return std::aligned_alloc(unit, (size + unit - 1) / unit * unit); });
}

/// Ends the process with a message if no memory can be allocated at all. mimalloc reserves address space in blocks of
/// 32 MiB. Without the first block not even an exception can be allocated, and the process would end by abort().
/// mimalloc 3 then returns memory that it cannot release: free() would be a fault. Called before all initializers of
/// the command.
[[gnu::constructor(101)]] void refuse_without_memory() {
  void* volatile memory = std::malloc(1);
  if (memory && mi_is_in_heap_region(memory)) return std::free(memory);
  constexpr std::string_view kWhy = "sluice: too little address space to start; raise its limit (ulimit -v).\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kWhy.data(), kWhy.size());
  ::_exit(sluice::cli::kRefused);
}

}  // namespace

void* operator new(std::size_t size) { return obtain(size); }
void* operator new[](std::size_t size) { return obtain(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return obtain(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return obtain(size, alignment); }
