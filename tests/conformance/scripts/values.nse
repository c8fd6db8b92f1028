-- SPDX-License-Identifier: Apache-2.0
description = [[What becomes of the values that a script returns: each port answers with another one.]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local outlib = require "outlib"
local stdnse = require "stdnse"

local named = setmetatable({}, {__tostring = function () return "from __tostring" end})

local values = {
  function () return "text" end,
  function () return "" end,
  function () return "\n" end,
  function () return "line\nline\n" end,
  function () return "\n  line\n  line" end,
  function () return "bytes \0\1\9\27\127\128\255 \xc3\xa9 <&>\"' --" end,
  function () return nil end,
  function () return true end,
  function () return false end,
  function () return 5 end,
  function () return 5.5 end,
  function () return -0.0, 1e100 end,
  function () return {} end,
  function () return {"a", "b", {"c", {"d"}}} end,
  function () return {1, 2.5, true, false, 1e15, 2^53, 2^63, -1 // 1} end,
  function () return {name = "only a key"} end,
  function () return {{one = 1}, {two = {three = 3}}} end,
  function () return {one = {}} end,
  function () return stdnse.output_table() end,
  function ()
    local out = stdnse.output_table()
    out.zebra, out.apple = "first", "second"
    out["a key, with: signs <&>"] = {"x", "y"}
    out.nested = stdnse.output_table()
    out.nested.deep = "line\nline"
    out.number, out.boolean = 7, true
    return out
  end,
  function () return {a = 1}, "text beside the structure" end,
  function () return nil, "text alone" end,
  function () return "text", "other text" end,
  function () return named end,
  function () return {named, key = named} end,
  function () return {"line\nline", "  blanks  ", ""} end,
  function () return stdnse.format_output(true, {"a", {name = "n", "b", {"c"}}, "d"}) end,
  function () return stdnse.format_output(false, "what went wrong") end,
  function () return stdnse.format_output(true, {}) end,
  function () return stdnse.format_output(true, "text") end,
  function () return {[1] = "one", [2] = "two", [4] = "four"} end,
  function () return {[0] = "zero"} end,
  function () return {[true] = "yes"} end,
  function () return {["\1\200"] = "\1\200"} end,
  function () return {{}, {}, "x"} end,
  function () return "trailing blanks   \n   " end,
  function () return "\r\nline\r\n" end,
  function () return ("x"):rep(5000) end,
  function () return {outlib.list_sep({"a", "b"})} end,
  function () return {outlib.sorted_by_key({b = 1, a = 2, c = {3}})} end,
  function () return nil, "" end,
  function () return nil, 5 end,
  function () return "text", true end,
  function () return {}, named end,
  function () return setmetatable({}, {__tostring = function () return "" end}) end,
  function () return "", "" end,
  function () return {""} end,
  function () return {"\n"} end,
  function () return {print ~= nil, 1 // 0.0, -1 // 0.0} end,
  function () return {math.maxinteger, math.mininteger, 1e308 * 10} end,
}

portrule = function (_, port) return values[port.number] ~= nil end

action = function (_, port) return values[port.number]() end
