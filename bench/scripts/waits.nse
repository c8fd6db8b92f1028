-- SPDX-License-Identifier: Apache-2.0
description = [[
Connects, receives the banner, closes; tells when it asked to be connected and when it was, in milliseconds of one
clock, and its place in either order.
]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local nmap = require "nmap"

portrule = function (host, port)
  return port.state == "open"
end

local function next_place (order)
  nmap.registry[order] = (nmap.registry[order] or 0) + 1
  return nmap.registry[order]
end

action = function (host, port)
  local sock = nmap.new_socket()
  sock:set_timeout(60000)
  local asked, asked_at = next_place "asked", nmap.clock()
  assert(sock:connect(host.ip, port.number))
  local connected, connected_at = next_place "connected", nmap.clock()
  assert(sock:receive_lines(1))
  sock:close()
  return ("asked %d at %.3f connected %d at %.3f"):format(asked, asked_at * 1000, connected, connected_at * 1000)
end
