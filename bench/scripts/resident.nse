-- SPDX-License-Identifier: Apache-2.0
description = [[
Says at the end of a run how much memory the process had resident at most.
]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

postrule = function () return true end

action = function ()
  local status = assert(io.open "/proc/self/status")
  local peak = status:read "a":match "VmHWM:%s*(%d+) kB"
  status:close()
  return peak .. " KiB"
end
