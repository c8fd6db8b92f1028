-- SPDX-License-Identifier: Apache-2.0
description = [[
What the bare coroutines of floors/lua_grab.cpp do: connects, receives a line, closes, and tells it without its blanks.
]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local nmap = require "nmap"

portrule = function (host, port)
  return port.state == "open"
end

action = function (host, port)
  local sock = nmap.new_socket()
  if not sock:connect(host, port) then return nil end
  local _, line = sock:receive_lines(1)
  sock:close()
  return line and line:match "^%s*(.-)%s*$"
end
