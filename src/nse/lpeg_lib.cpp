#include "nse/lpeg_lib.hpp"

#include <ucontext.h>
#include <csetjmp>

#include <array>
#include <csignal>
#include <cstdint>

#include "nse/interrupt.hpp"

extern "C" {
int luaopen_lpeg(lua_State* state);
void match();  ///< LPeg's virtual machine; here for its address
}

namespace sluice::nse {
namespace {

/// Where to go on when a match is left.
struct Place {
  sigjmp_buf buffer;
};

/// The places of the matches under way on this thread, the innermost last. An error passes over frames without a word,
/// so the last ones may be of frames that are no more; those lie below the stack pointer of whatever runs.
class Places {
 public:
  void enter(Place* place) noexcept {
    drop_below(address(place) + 1);
    if (count_ == places_.size()) count_ = 0;  // outer ones cannot be stopped then
    places_[count_] = place;
    ++count_;
  }
  void leave(const Place* place) noexcept { drop_below(address(place) + 1); }
  /// The innermost frame above the stack pointer; nullptr if there is none.
  Place* take(std::uintptr_t stack_pointer) noexcept {
    drop_below(stack_pointer);
    return count_ == 0 ? nullptr : places_[--count_];
  }

 private:
  static std::uintptr_t address(const Place* place) noexcept { return reinterpret_cast<std::uintptr_t>(place); }
  void drop_below(std::uintptr_t limit) noexcept {
    while (count_ > 0 && address(places_[count_ - 1]) < limit) --count_;
  }

  std::array<Place*, 256> places_{};
  std::size_t count_ = 0;
};
thread_local Places places;

/// lpeg.match. Upvalue: LPeg's own, which is called in this frame.
int match_that_ends(lua_State* state) {
  Place place;
  places.enter(&place);
  if (sigsetjmp(place.buffer, 0) != 0) {
    sigset_t watchdog;
    sigemptyset(&watchdog);
    sigaddset(&watchdog, SIGVTALRM);
    pthread_sigmask(SIG_UNBLOCK, &watchdog, nullptr);  // the handler does not return
    stop_if_condemned(state);
    return luaL_error(state, "the match takes too long");
  }
  const int results = lua_tocfunction(state, lua_upvalueindex(1))(state);
  places.leave(&place);
  return results;
}

struct Registers {
  std::uintptr_t instruction, stack;
};

Registers registers_of(const ucontext_t& context) noexcept {
#if defined(__x86_64__)
  return {static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]),
          static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RSP])};
#elif defined(__aarch64__)
  return {context.uc_mcontext.pc, context.uc_mcontext.sp};
#else
  static_cast<void>(context);
  return {};  // no match can be stopped
#endif
}

}  // namespace

void leave_match(const void* context) noexcept {
  const Registers registers = registers_of(*static_cast<const ucontext_t*>(context));
  if (registers.instruction - reinterpret_cast<std::uintptr_t>(match) >= SLUICE_LPEG_MATCH_SIZE) return;
  if (Place* place = places.take(registers.stack)) siglongjmp(place->buffer, 1);
}

int open_lpeg(lua_State* state) {
  luaopen_lpeg(state);
  lua_getfield(state, -1, "match");
  lua_pushcclosure(state, match_that_ends, 1);
  lua_setfield(state, -2, "match");
  return 1;
}

}  // namespace sluice::nse
