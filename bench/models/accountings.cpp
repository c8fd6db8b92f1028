// SPDX-License-Identifier: Apache-2.0
// Measures the cost of the three ways to account for slots (accounting.hpp). Each thread is a Lua coroutine that
// requests a slot, opens a socket, receives once, and closes. The network is simulated by a clock. An answer arrives
// after 1 to 2 x SLOTS ticks, chosen at random, so that on average one thread ends per turn of the loop.
//
//   accountings proxy|sweep|counted THREADS SLOTS
//
// Prints the time of the accounting per thread, in nanoseconds; that is one return and one grant of a slot. Each call
// is measured, and the cost of the measurement is subtracted.

#include <time.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "accounting.hpp"

namespace models {
namespace {

constexpr const char* kScript = R"lua(
local new_socket, ask, open, receive, close = ...
return function()
  local socket = new_socket()
  ask()
  open(socket)
  receive()
  close(socket)
end
)lua";

/// Adds up the durations of calls, in nanoseconds. The clock of CPU time needs a system call, so it is for long calls
/// only. With the monotonic clock, calls of more than 20 µs do not count, because they were interrupted.
class Stopwatch {
 public:
  explicit Stopwatch(clockid_t clock) : clock_(clock), longest_(clock == CLOCK_MONOTONIC ? 20'000 : INT64_MAX) {
    constexpr int kTries = 200'000;
    for (int i = 0; i < kTries; ++i) time([] {});
    own_ = total_ / kTries;
    total_ = 0;
  }
  template <class Call>
  std::invoke_result_t<Call> time(Call call) {
    const Lap lap(*this);
    return call();
  }
  [[nodiscard]] double nanoseconds() const { return total_; }

 private:
  struct Lap {
    explicit Lap(Stopwatch& watch) : to(watch), begun(watch.now()) {}
    Lap(const Lap&) = delete;
    Lap& operator=(const Lap&) = delete;
    ~Lap() {
      const std::int64_t took = to.now() - begun;
      if (took <= to.longest_) to.total_ += static_cast<double>(took) - to.own_;
    }
    Stopwatch& to;
    std::int64_t begun;
  };
  [[nodiscard]] std::int64_t now() const {
    timespec time{};
    clock_gettime(clock_, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
  }
  clockid_t clock_;
  std::int64_t longest_;
  double own_ = 0;
  double total_ = 0;
};

class Loop {
 public:
  Loop(std::string_view accounting, std::size_t threads, std::size_t slots)
      : threads_(threads), slots_(slots), sweeps_(accounting != "counted"), ticks_(2 * slots + 1) {
    luaL_openlibs(lua_);
    accounting_ = accounting == "proxy"   ? make_proxy(lua_, slots, woken_)
                  : accounting == "sweep" ? make_sweep(lua_, slots, woken_)
                                          : make_counted(slots, woken_);
    if (luaL_loadstring(lua_, kScript) != LUA_OK) std::abort();
    add([](lua_State* lua) { return self(lua).new_socket(lua); });
    add([](lua_State* lua) { return self(lua).ask(lua); });
    add([](lua_State* lua) { return self(lua).open(lua); });
    add([](lua_State* lua) { return self(lua).receive(lua); });
    add([](lua_State* lua) { return self(lua).close(lua); });
    lua_call(lua_, 5, 1);
    script_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() {
    lua_close(lua_);  // before the accounting is destroyed, because finalizers of proxies use it
  }

  /// Runs all threads. Returns false if a thread has not ended, or if more sockets than slots were open.
  bool run() {
    for (std::size_t i = 0; i < threads_.size(); ++i) create(i);
    for (Thread& thread : threads_) resume(thread);
    while (ended_ < threads_.size()) {
      if (sweeps_) turns_.time([&] { accounting_->turn(); });
      run_woken();
      if (in_flight_ == 0) break;
      run_due();
      if (!sweeps_) run_woken();
    }
    return ended_ == threads_.size() && most_open_ <= slots_;
  }

  [[nodiscard]] double nanoseconds() const { return calls_.nanoseconds() + turns_.nanoseconds(); }

 private:
  static Loop& self(lua_State* lua) { return *static_cast<Loop*>(lua_touserdata(lua, lua_upvalueindex(1))); }
  void add(lua_CFunction function) {
    lua_pushlightuserdata(lua_, this);
    lua_pushcclosure(lua_, function, 1);
  }

  void create(std::size_t index) {
    Thread& thread = threads_[index];
    thread.index = index;
    accounting_->created(thread);
    thread.lua = lua_newthread(lua_);
    thread.reference = luaL_ref(lua_, LUA_REGISTRYINDEX);
    lua_rawgeti(thread.lua, LUA_REGISTRYINDEX, script_);
  }

  void resume(Thread& thread) {
    Thread* const before = current_;
    current_ = &thread;
    calls_.time([&] { accounting_->resumed(thread); });
    int results = 0;
    if (lua_resume(thread.lua, lua_, 0, &results) == LUA_YIELD) {
      calls_.time([&] { accounting_->suspended(thread); });
    } else {
      calls_.time([&] { accounting_->ended(thread); });
      luaL_unref(lua_, LUA_REGISTRYINDEX, thread.reference);
      ++ended_;
    }
    current_ = before;
  }

  void run_woken() {
    for (std::size_t i = 0; i < woken_.size(); ++i) resume(threads_[woken_[i]]);
    woken_.clear();
  }

  /// Advances the clock to the next tick with answers, and resumes the threads that receive them.
  void run_due() {
    do {
      now_ = (now_ + 1) % ticks_.size();
    } while (ticks_[now_].empty());
    std::vector<std::size_t> due;
    due.swap(ticks_[now_]);
    in_flight_ -= due.size();
    for (const std::size_t index : due) resume(threads_[index]);
  }

  int new_socket(lua_State* lua) {
    new (lua_newuserdatauv(lua, sizeof(Socket), 1)) Socket;
    return 1;
  }
  int ask(lua_State* lua) {
    return calls_.time([&] { return accounting_->request(*current_); }) ? 0 : lua_yield(lua, 0);
  }
  int open(lua_State* lua) {
    static_cast<Socket*>(lua_touserdata(lua, 1))->open = true;
    calls_.time([&] { accounting_->opened(*current_); });
    if (++open_ > most_open_) most_open_ = open_;
    return 0;
  }
  int receive(lua_State* lua) {
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    const std::size_t ticks = 1 + (random_ >> 33) % (2 * slots_);
    ticks_[(now_ + ticks) % ticks_.size()].push_back(current_->index);
    ++in_flight_;
    return lua_yield(lua, 0);
  }
  int close(lua_State* lua) {
    static_cast<Socket*>(lua_touserdata(lua, 1))->open = false;
    calls_.time([&] { accounting_->closed(*current_); });
    --open_;
    return 0;
  }

  Woken woken_;
  std::unique_ptr<Accounting> accounting_;
  lua_State* lua_ = luaL_newstate();
  std::vector<Thread> threads_;  ///< after `accounting_`, because their leases are destroyed before it
  std::size_t slots_;
  bool sweeps_;  ///< the accounting grants slots in turn()
  std::vector<std::vector<std::size_t>> ticks_;
  std::size_t now_ = 0;
  int script_ = LUA_NOREF;
  Thread* current_ = nullptr;
  std::size_t in_flight_ = 0;
  std::size_t ended_ = 0;
  std::size_t open_ = 0;
  std::size_t most_open_ = 0;
  std::uint64_t random_ = 1;  ///< constant seed: the load is the same in each run
  Stopwatch calls_{CLOCK_MONOTONIC};
  Stopwatch turns_{CLOCK_THREAD_CPUTIME_ID};
};

}  // namespace
}  // namespace models

int main(int argc, char** argv) {
  const std::string_view name = argc == 4 ? argv[1] : "";
  const long threads = argc == 4 ? std::strtol(argv[2], nullptr, 10) : 0;
  const long slots = argc == 4 ? std::strtol(argv[3], nullptr, 10) : 0;
  if ((name != "proxy" && name != "sweep" && name != "counted") || threads < 1 || threads > 1'000'000 || slots < 1 ||
      slots > 100'000) {
    std::fputs("usage: accountings proxy|sweep|counted THREADS SLOTS\n", stderr);
    return 2;
  }
  models::Loop loop(name, static_cast<std::size_t>(threads), static_cast<std::size_t>(slots));
  if (!loop.run()) {
    std::fputs("accountings: threads are left, or hold more slots than there are\n", stderr);
    return 1;
  }
  std::printf("done %ld threads, %.1f ns each\n", threads, loop.nanoseconds() / static_cast<double>(threads));
}
