-- SPDX-License-Identifier: Apache-2.0
description = [[What the functions of nmap and stdnse return, how many values and which, one line per call.]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local nmap = require "nmap"
local stdnse = require "stdnse"

portrule = function (_, port) return port.number == 80 end

action = function (host, port)
  local out = {}
  local function try (name, ...)
    local values = table.pack(pcall(...))
    for i = 1, values.n do values[i] = tostring(values[i]):gsub("0x%x+", "ADDRESS"):gsub("to '[%w_.]+'", "to it") end
    out[#out + 1] = ("%s: %d %s"):format(name, values.n - 1, table.concat(values, " | ", 1, values.n))
  end
  local function on (make, object, word) return function () return make(object)(word) end end
  local unknown, no_protocol = {number = 9, protocol = "tcp"}, {number = 9}

  try("interface", nmap.get_interface)
  try("fetchfile unknown", nmap.fetchfile, "no-such-file")
  try("fetchfile of nothing", nmap.fetchfile)
  try("get_port_state unknown", nmap.get_port_state, host, unknown)
  try("get_port_state without protocol", nmap.get_port_state, host, no_protocol)
  try("get_port_state odd protocol", nmap.get_port_state, host, {number = 9, protocol = "x"})
  try("get_port_state of a stranger", nmap.get_port_state, {ip = "192.0.2.9"}, port)
  try("get_port_state of nothing", nmap.get_port_state)
  try("get_ports none", nmap.get_ports, host, nil, "udp", "open")
  try("get_ports odd protocol", nmap.get_ports, host, nil, "x", "open")
  try("get_ports odd state", nmap.get_ports, host, nil, "tcp", "x")
  try("set_port_state", nmap.set_port_state, host, port, "open")
  try("set_port_state odd", nmap.set_port_state, host, port, "x")
  try("set_port_state unknown", nmap.set_port_state, host, unknown, "closed")
  try("set_port_version", nmap.set_port_version, host, port)
  try("set_port_version odd", nmap.set_port_version, host, port, "x")
  try("log_write odd", nmap.log_write, "x", "y")
  try("new_targets_num", nmap.new_targets_num)

  try("mutex of nil", nmap.mutex, nil)
  for _, word in ipairs {"done", "running", "lock", "running", "trylock", "done", "odd"} do
    try("mutex " .. word, on(nmap.mutex, "calls", word))
  end
  try("condvar of nil", nmap.condvar, nil)
  for _, word in ipairs {"signal", "broadcast", "odd"} do try("condvar " .. word, on(nmap.condvar, host, word)) end

  try("new_try", nmap.new_try)
  try("try true", function () return nmap.new_try()(true, 1, 2) end)
  try("try false", function () return nmap.new_try()(false, "message") end)
  try("sleep", stdnse.sleep, 0)
  try("sleep backwards", function () return (pcall(stdnse.sleep, -1)) end) -- nmap's text ends with a newline
  try("random bytes", function () return #nmap.get_random_bytes(5) end)
  try("no random bytes", nmap.get_random_bytes, 0)
  try("resolve", function ()
    local status, list = nmap.resolve("localhost")
    return status, #list, list[1]
  end)

  try("new_thread", function ()
    local over = {}
    local thread, info = stdnse.new_thread(function (...)
      nmap.condvar(over) "signal"
      return select("#", ...), ...
    end, "a", nil)
    while coroutine.status(thread) ~= "dead" do nmap.condvar(over) "wait" end
    return type(thread), info()
  end)
  try("coroutine that sleeps", function ()
    local thread = coroutine.create(function (...)
      stdnse.sleep(0.01)
      return coroutine.yield(...) + 1
    end)
    local _, first = coroutine.resume(thread, 5)
    return first, coroutine.resume(thread, first)
  end)
  try("coroutine that connects", function ()
    local thread = coroutine.wrap(function (word)
      local socket = nmap.new_socket()
      local status = socket:connect(host, port)
      socket:close()
      return coroutine.yield(word, status)
    end)
    local word, status = thread(7)
    return word, status, thread(8)
  end)
  try("resume of the dead", function ()
    local thread = coroutine.create(function () end)
    coroutine.resume(thread)
    return coroutine.resume(thread)
  end)
  return out
end
