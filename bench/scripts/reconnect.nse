-- SPDX-License-Identifier: Apache-2.0
description = [[
Twenty times: connect, receive the banner, close; tells what one of them took. Begins when `chat.others` threads (0)
wait elsewhere, and tells how many still did at the end. It asks the port `chat.port`.
]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local nmap = require "nmap"
local stdnse = require "stdnse"

local ROUNDS = 20

portrule = function (host, port)
  return port.number == tonumber(stdnse.get_script_args "chat.port")
end

local function ask (host, port)
  local begun = nmap.clock()
  for _ = 1, ROUNDS do
    local sock = nmap.new_socket()
    sock:set_timeout(60000)
    assert(sock:connect(host.ip, port.number))
    assert(sock:receive_lines(1))
    sock:close()
  end
  return nmap.clock() - begun
end

action = function (host, port)
  local others = tonumber(stdnse.get_script_args "chat.others" or 0)
  local patience = nmap.clock() + 60
  repeat  -- also without others, because the first exchanges of a process are slower
    if nmap.clock() > patience then return ("only %d others came"):format(nmap.registry.holding or 0) end
    stdnse.sleep(0.05)
  until (nmap.registry.holding or 0) >= others
  local took = ask(host, port)
  return ("%.6f ms per exchange beside %d"):format(took * 1000 / ROUNDS, nmap.registry.holding or 0)
end
