-- SPDX-License-Identifier: Apache-2.0
description = [[
Connects to the port `hold.port`, where nobody says anything, and waits `hold.seconds` for a line.
]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local nmap = require "nmap"
local stdnse = require "stdnse"

portrule = function (host, port)
  return port.number == tonumber(stdnse.get_script_args "hold.port")
end

action = function (host, port)
  local sock = nmap.new_socket()
  sock:set_timeout(60000)
  assert(sock:connect(host.ip, port.number))
  sock:set_timeout(tonumber(stdnse.get_script_args "hold.seconds") * 1000)
  nmap.registry.holding = (nmap.registry.holding or 0) + 1
  local heard, why = sock:receive_lines(1)
  nmap.registry.holding = nmap.registry.holding - 1
  sock:close()
  return not heard and why == "TIMEOUT" and "held" or "not held"
end
