-- SPDX-License-Identifier: Apache-2.0
description = [[
Sleeps for `hold.seconds`: one thread that keeps a scan busy with nothing. Once per port `chat.port`.
]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local nmap = require "nmap"
local stdnse = require "stdnse"

portrule = function (host, port)
  return port.number == tonumber(stdnse.get_script_args "chat.port")
end

action = function (host, port)
  nmap.registry.holding = (nmap.registry.holding or 0) + 1
  stdnse.sleep(tonumber(stdnse.get_script_args "hold.seconds"))
  nmap.registry.holding = nmap.registry.holding - 1
  return "slept"
end
