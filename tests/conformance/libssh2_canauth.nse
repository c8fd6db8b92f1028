-- SPDX-License-Identifier: Apache-2.0
local base64 = require "base64"
local io = require "io"
local libssh2 = require "libssh2"
local stdnse = require "stdnse"
local table = require "table"

description = [[
Offers a public key to the server for two users and tells what the server says. It takes the key of alice, which the argument
"key" names, for alice alone.
]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

portrule = function(_, port) return port.number == 22 and port.state == "open" end

-- Not by libssh2.read_publickey alone, which raises an error for every file in nmap 7.95.
local function public_key(file)
  local f = assert(io.open(file))
  local key = base64.dec(f:read("a"):match("^%S+ (%S+)"))
  f:close()
  local ok, read = pcall(libssh2.read_publickey, file)
  assert(not ok or read == key)
  return key
end

action = function(host, port)
  local key = public_key(stdnse.get_script_args("key") .. ".pub")
  local lines = {}
  for _, user in ipairs {"alice", "root"} do
    local session = libssh2.session_open(host, port.number)
    lines[#lines + 1] = user .. ": " .. tostring(libssh2.publickey_canauth(session, user, key))
    libssh2.session_close(session)
  end
  return table.concat(lines, "\n")
end
