// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/lpeg_lib.hpp"

#include <ucontext.h>
#include <csetjmp>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstdint>

#include "nse/runtime/interrupt.hpp"

extern "C" {
int luaopen_lpeg(lua_State* state);
void match();  ///< LPeg's virtual machine. Declared for its address only
}

namespace sluice::nse {
namespace {

/// A running match: where to continue when it is left.
struct Place {
  sigjmp_buf buffer;
  const void* pattern;
};

/// The matches that run on this OS thread, the innermost last. A Lua error leaves their stack frames without a call of
/// leave(), so the last entries may belong to frames that have ended. The addresses of such entries are below the stack
/// pointer of the running function, so that they can be recognised. One object per OS thread.
class Places {
 public:
  void enter(Place* place) noexcept {
    drop_below(address(place) + 1);
    if (count_ == places_.size()) count_ = 0;  // the outer matches cannot be left then
    places_[count_] = place;
    ++count_;
  }
  void leave(const Place* place) noexcept { drop_below(address(place) + 1); }
  /// True if a match of this pattern runs in a frame that has called the frame at `here`.
  bool uses(const void* pattern, const void* here) noexcept {
    drop_below(reinterpret_cast<std::uintptr_t>(here));
    return std::any_of(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(count_),
                       [pattern](const Place* place) { return place->pattern == pattern; });
  }
  /// Removes and returns the innermost match whose frame has not ended; null if there is none.
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

/// lpeg.match. Calls LPeg's function, which is the upvalue, in this frame.
int match_that_ends(lua_State* state) {
  Place place;
  place.pattern = lua_touserdata(state, 1);
  places.enter(&place);
  if (sigsetjmp(place.buffer, 0) != 0) {
    sigset_t watchdog;
    sigemptyset(&watchdog);
    sigaddset(&watchdog, SIGVTALRM);
    pthread_sigmask(SIG_UNBLOCK, &watchdog, nullptr);  // blocked, because the signal handler has not returned
    stop_if_condemned(state);
    return luaL_error(state, "the match takes too long");
  }
  const int results = lua_tocfunction(state, lua_upvalueindex(1))(state);
  places.leave(&place);
  return results;
}

/// Replaces a function of LPeg. Checks the numbers among the arguments, because LPeg stores sizes as int and does not
/// check for overflow. Then calls LPeg's function, which is the upvalue, in this frame.
int within_bounds(lua_State* state) {
  constexpr lua_Number kLargest = 1 << 24;
  for (int index = 1; index <= lua_gettop(state); ++index)
    if (lua_isnumber(state, index) && lua_type(state, index) == LUA_TNUMBER)
      luaL_argcheck(state, std::abs(lua_tonumber(state, index)) <= kLargest, index, "number out of range");
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

/// __gc of a pattern. Has no effect while a match of the pattern runs, because LPeg's function frees the code of the
/// pattern, and scripts can call __gc.
int collect(lua_State* state) {
  const char here = 0;
  if (places.uses(lua_touserdata(state, 1), &here)) return 0;
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

/// Replaces a field of the table on top of the stack by `by`, with the original function as upvalue. No effect if the
/// field is not a function.
void wrap(lua_State* state, const char* field, lua_CFunction by) {
  if (lua_getfield(state, -1, field) != LUA_TFUNCTION) return lua_pop(state, 1);
  lua_pushcclosure(state, by, 1);
  lua_setfield(state, -2, field);
}

/// lpeg.version. Returns the upvalue.
int push_version(lua_State* state) {
  lua_pushvalue(state, lua_upvalueindex(1));
  return 1;
}

/// Makes lpeg.version a function, as in Nmap's LPeg. In LPeg 1.1 it is a string.
void define_version(lua_State* state) {
  if (lua_getfield(state, -1, "version") != LUA_TSTRING) return lua_pop(state, 1);
  lua_pushcclosure(state, push_version, 1);
  lua_setfield(state, -2, "version");
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
  return {};  // on this architecture no match can be left
#endif
}

/// The CpuWatchdog::Escape of LPeg. Leaves the running match if the interrupted instruction belongs to LPeg's virtual
/// machine itself; does not return then. The virtual machine uses only local variables and memory that Lua collects, so
/// it can be left at each of its own instructions. It cannot be left in a function that it calls.
void leave_match(const void* context) noexcept {
  const Registers registers = registers_of(*static_cast<const ucontext_t*>(context));
  if (registers.instruction - reinterpret_cast<std::uintptr_t>(match) >= SLUICE_LPEG_MATCH_SIZE) return;
  if (Place* place = places.take(registers.stack)) siglongjmp(place->buffer, 1);
}

}  // namespace

int open_lpeg(lua_State* state) {
  lua::owner<Runtime>(state).watchdog.set_escape(leave_match);
  luaopen_lpeg(state);
  wrap(state, "match", match_that_ends);
  for (const char* name :
       {"P", "S", "R", "V", "B", "C", "Cb", "Cf", "Cg", "Cmt", "Cp", "Cs", "Ct", "Carg", "setmaxstack"})
    wrap(state, name, within_bounds);
  define_version(state);
  lua_getfield(state, -1, "P");
  lua_pushboolean(state, 1);
  lua_call(state, 1, 1);
  lua_getmetatable(state, -1);
  for (const char* name : {"__mul", "__add", "__sub", "__div", "__pow", "__unm", "__len"})
    wrap(state, name, within_bounds);
  wrap(state, "__gc", collect);
  lua_pop(state, 2);
  return 1;
}

}  // namespace sluice::nse
