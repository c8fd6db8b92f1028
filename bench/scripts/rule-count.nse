description = [[
Its rule is asked like any other and says no; after the scan it tells how often.
]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local nmap = require "nmap"

portrule = function ()
  nmap.registry.rules_asked = (nmap.registry.rules_asked or 0) + 1
  return false
end

postrule = function ()
  return true
end

action = function ()
  return ("asked %d times"):format(nmap.registry.rules_asked or 0)
end
