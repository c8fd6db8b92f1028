// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::simulation {

/// Range of the source ports that the script "queueing" uses.
inline constexpr std::uint16_t kFirstQueuePort = 20000, kLastQueuePort = 30000;

/// A script of the workloads. Its output must depend on the replies that it receives only, and so not on the order of
/// `pairs`.
struct Script {
  const char* name;
  const char* rule;
  const char* action;
  bool deadlocks = false;  ///< its threads may deadlock
  bool piles_up = false;   ///< a thread may have several open sockets
};

inline const std::vector<Script>& scripts() {
  static const std::vector<Script> all = {
      {"banner", "portrule", R"(
  local s = nmap.new_socket()
  s:set_timeout(3000)
  if not s:connect(host, port) then return "no connect" end
  local ok, data = s:receive()
  s:close()
  return ok and data or "silent")"},
      {"echo", "portrule", R"(
  local s = nmap.new_socket()
  s:set_timeout(2000)
  local ok, why = s:connect(host, port)
  if not ok then return why end
  s:send("ask " .. port.number .. "\n")
  local ok, data = s:receive_lines(1)
  stdnse.sleep(0.1)
  s:send("again\n")
  local _, more = s:receive_bytes(1)
  s:close()
  return tostring(data) .. "/" .. tostring(more))"},
      {"mutex", "portrule", R"(
  local m = nmap.mutex("all")
  m "lock"
  stdnse.sleep(0.02)
  local s = nmap.new_socket()
  s:set_timeout(500)
  local ok = s:connect(host, port)
  s:close()
  m "done"
  return tostring(ok))"},
      {"children", "hostrule", R"(
  local done = nmap.condvar(host)
  local threads, count = {}, 0
  local function child(number)
    local s = nmap.new_socket()
    s:set_timeout(1000 * number)
    local ok = s:connect(host, 80)
    if ok then s:receive() end
    s:close()
    count = count + 1
    done "signal"
  end
  for i = 1, 3 do threads[i] = stdnse.new_thread(child, i) end
  while true do
    local alive = 0
    for i = 1, 3 do if coroutine.status(threads[i]) ~= "dead" then alive = alive + 1 end end
    if alive == 0 then break end
    done "wait"
  end
  return "children " .. count)"},
      {"sleeper", "hostrule", R"(
  stdnse.sleep(#host.ip % 4)
  return "slept")"},
      {"failing", "portrule", R"(
  local s = nmap.new_socket()
  s:connect(host, port)
  error("broken"))"},
      {"runaway", "portrule", R"(
  local s = nmap.new_socket()
  s:connect(host, port)
  while true do end)"},
      {"computing", "hostrule", R"(
  local sum = 0
  for i = 1, 300000 do sum = sum + i end
  return tostring(sum))"},
      {"holding", "portrule", R"(
  local s = nmap.new_socket()
  s:set_timeout(1000)
  s:connect(host, port)
  stdnse.sleep(1)
  return "held")"},
      {"dropping", "hostrule", R"(
  for i = 1, 5 do
    local s = nmap.new_socket()
    s:set_timeout(300)
    s:connect(host, 80)
  end
  return "dropped")",
       false, true},
      {"wrapped", "portrule", R"(
  local inner = coroutine.wrap(function()
    local s = nmap.new_socket()
    s:set_timeout(700)
    local ok = s:connect(host, port)
    coroutine.yield(ok)
    stdnse.sleep(0.05)
    s:close()
    coroutine.yield("closed")
  end)
  local first = inner()
  return tostring(first) .. " " .. inner())"},
      {"orphan", "hostrule", R"(
  stdnse.new_thread(function()
    local s = nmap.new_socket()
    s:connect(host, 80)
    stdnse.sleep(60)
  end)
  stdnse.sleep(0.01)
  return "left a thread")"},
      {"deadlocked", "hostrule", R"(
  local never = nmap.condvar("never")
  never "wait"
  return "woken")",
       true, false},
      {"crossed", "portrule", R"(
  local a, b = nmap.mutex("a"), nmap.mutex("b")
  if port.number == 80 then a, b = b, a end
  a "lock"
  stdnse.sleep(0.03)
  b "lock"
  b "done"
  a "done"
  return "crossed")",
       true, false},
      {"datagrams", "hostrule", R"(
  local s = nmap.new_socket("udp")
  s:set_timeout(800)
  s:sendto(host, 53, "ask")
  local ok, data = s:receive()
  s:close()
  return tostring(data))"},
      {"leaving", "portrule", R"(
  local s = nmap.new_socket()
  s:connect(host, port)
  os.exit())"},
      {"hoarding", "hostrule", R"(
  local all = {}
  for i = 1, 60000 do all[i] = {i} end
  stdnse.sleep(0.1)
  return "hoarded " .. #all)"},
      {"queueing", "portrule", R"(
  local number = (nmap.registry.queueing or 20000) + 1
  nmap.registry.queueing = number
  local s = nmap.new_socket()
  s:bind(nil, number)
  s:set_timeout(400)
  nmap.log_write("stdout", "wants " .. host.ip .. " " .. number)
  local ok = s:connect(host, port)
  stdnse.sleep(0.03)
  s:close()
  return tostring(ok))"},
      // The instances for port 80 end during their look-ups, which cannot be cancelled. The child threads of the others
      // start before the look-ups complete, and get the places of threads that have ended.
      {"naming", "portrule", R"(
  if port.number == 80 then
    stdnse.new_thread(function() nmap.new_socket():connect("slow.example", 80) end)
    stdnse.sleep(0.05)
    os.exit()
  end
  stdnse.sleep(0.1)
  local early = false
  for i = 1, 3 do
    stdnse.new_thread(function()
      local started = nmap.clock_ms()
      stdnse.sleep(2)
      if nmap.clock_ms() - started < 1990 then early = true end
    end)
  end
  stdnse.sleep(3)
  return early and "woken early" or "slept")"},
      {"before", "prerule", R"(
  nmap.registry.before = 1
  stdnse.sleep(0.5)
  return "before")"},
      {"after", "postrule", R"(
  stdnse.sleep(0.5)
  return "after " .. tostring(nmap.registry.before))"},
  };
  return all;
}

inline std::string source(const Script& script) {
  return std::string("local nmap = require 'nmap'\nlocal stdnse = require 'stdnse'\ncategories = {'safe'}\n") +
         script.rule + " = function(host, port) return true end\naction = function(host, port)" + script.action +
         "\nend\n";
}

}  // namespace sluice::simulation
