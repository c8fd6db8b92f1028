-- SPDX-License-Identifier: Apache-2.0
description = [[
Its rule is asked like any other and says no; after the scan it tells how often.
]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local nmap = require "nmap"

-- Counts by host, so that the counts of several worker threads can be merged.
portrule = function (host)
  local asked = nmap.registry.rules_asked or {}
  nmap.registry.rules_asked = asked
  asked[host.ip] = (asked[host.ip] or 0) + 1
  return false
end

postrule = function ()
  return true
end

action = function ()
  local sum = 0
  for _, count in pairs(nmap.registry.rules_asked or {}) do sum = sum + count end
  return ("asked %d times"):format(sum)
end
