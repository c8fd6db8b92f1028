// SPDX-License-Identifier: Apache-2.0
// A lower bound for the cost of a script thread: a bare Lua coroutine over epoll that connects, receives a line, and
// closes. Each coroutine has its own environment and function instance, as a script engine requires. A coroutine is
// created when it may open a socket; at most IN_FLIGHT have an open socket. With -e all are created at the start, and
// wait for slots in the order of their requests.
//
//   lua_grab [-e] [-a 127.x.x.x] [-H HOSTS] [-p PORT] [-n PORTS] [-t THREADS] [-P IN_FLIGHT]
//
// Prints the result, and the percentiles of the waits for a slot, in milliseconds.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <lua.hpp>
#include <vector>

#include "loopback.hpp"

namespace {

/// Creates an instance of the script. Its argument is the environment.
constexpr const char* kScript = R"lua(
local _ENV = ...
return function(host, port)
  local sock = connect(host, port)
  if not sock then return nil end
  local line = receive_line(sock)
  close(sock)
  return line and line:match("^%s*(.-)%s*$")
end
)lua";

constexpr int kPatience = 60000;  ///< milliseconds without an event after which the program ends

struct Task {
  enum class State : unsigned char { Idle, Waiting, Connecting, Reading };
  lua_State* coroutine = nullptr;
  int reference = LUA_NOREF;
  int descriptor = -1;
  State state = State::Idle;
  bool readable = false;
  double asked = 0;
};

class Grab {
 public:
  Grab(const loopback::Load& load, bool eager) : load_(load), eager_(eager), tasks_(load.total) {
    luaL_openlibs(lua_);
    if (luaL_loadstring(lua_, kScript) != LUA_OK) loopback::die(lua_tostring(lua_, -1));
    maker_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
    lua_newtable(lua_);
    add("connect", [](lua_State* lua) { return self(lua).connect(lua); });
    add("receive_line", [](lua_State* lua) { return self(lua).receive_line(lua); });
    add("close", [](lua_State* lua) { return self(lua).close_socket(); });
    lua_createtable(lua_, 0, 1);
    lua_pushvalue(lua_, -2);
    lua_setfield(lua_, -2, "__index");
    environment_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
    lua_pop(lua_, 1);
  }
  Grab(const Grab&) = delete;
  Grab& operator=(const Grab&) = delete;
  ~Grab() { lua_close(lua_); }

  /// Runs all coroutines. Returns how many have received a line.
  std::uint32_t run() {
    std::vector<epoll_event> events(1024);
    std::uint32_t started = 0;
    while (true) {
      while (started < load_.total && (eager_ || in_flight_ < load_.limit)) begin(started++);
      if (ended_ == load_.total) return lines_;
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kPatience);
      if (ready == 0) return lines_;
      for (int i = 0; i < ready; ++i) handle(events[static_cast<std::size_t>(i)]);
    }
  }

  void print_waits() {
    if (waits_.empty()) return;
    std::sort(waits_.begin(), waits_.end());
    const auto at = [&](std::size_t percent) { return waits_[(waits_.size() - 1) * percent / 100] * 1000; };
    std::printf("waited %zu p50 %.3f p99 %.3f max %.3f\n", waits_.size(), at(50), at(99), at(100));
  }

 private:
  static Grab& self(lua_State* lua) { return *static_cast<Grab*>(lua_touserdata(lua, lua_upvalueindex(1))); }

  void add(const char* name, lua_CFunction function) {
    lua_pushlightuserdata(lua_, this);
    lua_pushcclosure(lua_, function, 1);
    lua_setfield(lua_, -2, name);
  }

  void begin(std::uint32_t index) {
    Task& task = tasks_[index];
    task.coroutine = lua_newthread(lua_);
    task.reference = luaL_ref(lua_, LUA_REGISTRYINDEX);
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, maker_);
    lua_createtable(lua_, 0, 4);
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, environment_);
    lua_setmetatable(lua_, -2);
    lua_call(lua_, 1, 1);
    lua_xmove(lua_, task.coroutine, 1);
    lua_pushinteger(task.coroutine, load_.host(index));
    lua_pushinteger(task.coroutine, load_.port(index));
    resume(index, 2);
    pass_on();
  }

  void resume(std::uint32_t index, int arguments) {
    const std::uint32_t before = current_;
    current_ = index;
    Task& task = tasks_[index];
    int results = 0;
    const int status = lua_resume(task.coroutine, lua_, arguments, &results);
    if (status == LUA_YIELD) {
      lua_pop(task.coroutine, results);
    } else {
      ++ended_;
      if (status == LUA_OK && results > 0 && lua_isstring(task.coroutine, -1)) ++lines_;
      luaL_unref(lua_, LUA_REGISTRYINDEX, task.reference);
      task.coroutine = nullptr;
    }
    current_ = before;
  }

  void handle(const epoll_event& event) {
    const std::uint32_t index = event.data.u32;
    Task& task = tasks_[index];
    if (task.descriptor < 0) return;
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) task.readable = true;
    if (task.state == Task::State::Connecting) {
      task.state = Task::State::Idle;
      lua_pushinteger(task.coroutine, task.descriptor);
      resume(index, 1);
    } else if (task.state == Task::State::Reading && task.readable && read_line(task, task.coroutine)) {
      task.state = Task::State::Idle;
      resume(index, 1);
    }
    pass_on();
  }

  bool start(std::uint32_t index) {
    Task& task = tasks_[index];
    task.descriptor = loopback::start_connect(load_.host(index), load_.port(index));
    if (task.descriptor < 0) return false;
    loopback::watch(epoll_, task.descriptor, EPOLLIN | EPOLLOUT | EPOLLET, index);
    task.state = Task::State::Connecting;
    task.readable = false;
    return true;
  }

  /// Grants each freed slot to the coroutine that has waited longest.
  void pass_on() {
    for (; freed_ > 0; --freed_) {
      if (waiting_.empty()) {
        --in_flight_;
        continue;
      }
      const std::uint32_t next = waiting_.front();
      waiting_.pop_front();
      waits_.push_back(loopback::now() - tasks_[next].asked);
      if (!start(next)) loopback::die("cannot connect");
    }
  }

  int connect(lua_State* lua) {
    Task& task = tasks_[current_];
    if (in_flight_ >= load_.limit) {
      task.state = Task::State::Waiting;
      task.asked = loopback::now();
      waiting_.push_back(current_);
      return lua_yield(lua, 0);
    }
    ++in_flight_;
    if (!start(current_)) loopback::die("cannot connect");
    return lua_yield(lua, 0);
  }

  int receive_line(lua_State* lua) {
    Task& task = tasks_[current_];
    if (task.readable && read_line(task, lua)) return 1;
    task.state = Task::State::Reading;
    return lua_yield(lua, 0);
  }

  int close_socket() {
    Task& task = tasks_[current_];
    if (task.descriptor >= 0) {
      close(task.descriptor);
      task.descriptor = -1;
      ++freed_;
    }
    return 0;
  }

  /// Pushes the line, or nil at the end of the stream. Returns false if nothing has arrived.
  static bool read_line(Task& task, lua_State* to) {
    char buffer[2048];
    const ssize_t got = recv(task.descriptor, buffer, sizeof buffer, 0);
    task.readable = false;
    if (got < 0 && errno == EAGAIN) return false;
    if (got > 0) {
      lua_pushlstring(to, buffer, static_cast<std::size_t>(got));
    } else {
      lua_pushnil(to);
    }
    return true;
  }

  loopback::Load load_;
  bool eager_;
  std::vector<Task> tasks_;
  lua_State* lua_ = luaL_newstate();
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int maker_ = LUA_NOREF;
  int environment_ = LUA_NOREF;
  std::deque<std::uint32_t> waiting_;  ///< tasks that wait for a slot, in the order of their requests
  std::vector<double> waits_;          ///< seconds
  std::uint32_t current_ = 0;          ///< the task that runs
  std::uint32_t in_flight_ = 0;        ///< granted slots
  std::uint32_t freed_ = 0;            ///< slots that were returned and not yet granted again
  std::uint32_t ended_ = 0;
  std::uint32_t lines_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  loopback::Load load;
  bool eager = false;
  for (int option; (option = getopt(argc, argv, "a:H:p:n:t:P:e")) != -1;) {
    if (option == 'e') {
      eager = true;
    } else if (!load.take(option, optarg)) {
      return 2;
    }
  }
  loopback::prepare();
  const double begun = loopback::now();
  Grab grab(load, eager);
  const std::uint32_t lines = grab.run();
  const int code = loopback::report(lines, load.total, begun);
  grab.print_waits();
  return code;
}
