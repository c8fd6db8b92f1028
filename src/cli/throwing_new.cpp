#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string_view>

#include "cli/run.hpp"

// mimalloc, which takes the place of malloc in the command, takes that of operator new as well, and where memory is
// short its one, being C, ends the process instead of throwing. These throw. They are linked into the command only;
// what they give, any operator delete may take back: there it is free.

namespace {

/// Tries until there is memory, or no handler that could free some.
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

/// mimalloc takes address space in pieces of 32 MiB. Where it does not get the first, nothing can be allocated,
/// exceptions included, and the run would end by abort(). Called before all initializers of the command.
[[gnu::constructor(101)]] void refuse_without_memory() {
  void* volatile memory = std::malloc(1);
  if (memory) return std::free(memory);
  constexpr std::string_view kWhy = "sluice: too little address space to start; raise its limit (ulimit -v).\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kWhy.data(), kWhy.size());
  ::_exit(sluice::cli::kRefused);
}

}  // namespace

void* operator new(std::size_t size) { return obtain(size); }
void* operator new[](std::size_t size) { return obtain(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return obtain(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return obtain(size, alignment); }
