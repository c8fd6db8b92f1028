-- SPDX-License-Identifier: Apache-2.0
description = [[What becomes of a value that a script returns before an empty text: each port answers with another one.]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local values = {{"a"}, 5, "text", math.maxinteger}

portrule = function (_, port) return values[port.number] ~= nil end

action = function (_, port) return values[port.number], "" end
