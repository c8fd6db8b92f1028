-- SPDX-License-Identifier: Apache-2.0
-- A lower bound for the cost of the Lua code of stock scripts. Runs them without engine, script threads and network.
-- Needs the installed lua5.4 and lua-lpeg.
--
--   lua5.4 bare_lua.lua load DATADIR                      compiles each script of DATADIR and runs its chunk once
--   lua5.4 bare_lua.lua rules DATADIR HOSTS PORTS NAMES   runs chunk and portrule of these scripts for each port
--   lua5.4 bare_lua.lua fires DATADIR PORTS NAMES         prints the scripts whose portrule is true for a port
--   lua5.4 bare_lua.lua action DATADIR NAME TIMES PORT SERVICE [FILE]
--                                                         runs the chunk, the rule and the action of a script with a
--                                                         constant answer; for ssl-cert with the certificate in FILE
--
-- PORTS is FIRST-LAST, NAMES are separated by commas. Prints "done N".

local mode, datadir = arg[1], arg[2]
package.path = datadir .. "/nselib/?.lua"

local function nothing() end
-- shortport.ssl sends a probe to an unknown port once per host. Here each socket has the answer of the server at once.
local function answer() return true, "220 sluice bench ready\r\n" end
local answering = setmetatable({}, {__index = function() return answer end})
local libraries = {
  nmap = {
    registry = {args = {}},
    socket = setmetatable({}, {__index = function() return nothing end}),
    verbosity = function() return 0 end,
    debugging = function() return 0 end,
    address_family = function() return "inet" end,
    version_intensity = function() return 7 end,
    new_socket = function() return answering end,
    timing_level = function() return 3 end,
    fetchfile = function(name) return datadir .. "/" .. name end,
    port_is_excluded = function() return false end,
    clock = os.clock,
    clock_ms = function() return math.floor(os.clock() * 1000) end,
    mutex = function() return nothing end,
  },
  openssl = setmetatable({}, {__index = function() return function() return "" end end}),
  lfs = {}, libssh2 = {}, zlib = {}, libssh2_utility_core = {},
}
for name, library in pairs(libraries) do
  if not getmetatable(library) then setmetatable(library, {__index = function() return nothing end}) end
  package.preload[name] = function() return library end
end
local stdnse = require "stdnse"
rawset(stdnse, "silent_require", require)

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

-- Compiles a script once. Each instance runs the chunk with an environment of its own.
local function compile(name)
  local text = read(("%s/scripts/%s.nse"):format(datadir, name))
  return assert(load("return function(_ENV, ...) " .. text .. "\nend", "=" .. name))()
end

local globals = {__index = _G}
local function instance(name, chunk)
  local environment = setmetatable({SCRIPT_NAME = name, SCRIPT_TYPE = "portrule"}, globals)
  chunk(environment, name)
  return environment
end

local function names()
  local listed = {}
  for line in io.lines(datadir .. "/scripts/script.db") do
    listed[#listed + 1] = line:match 'filename = "([^"]+)%.nse"'
  end
  return listed
end

local function split(text)
  local words = {}
  for word in text:gmatch "[^,]+" do words[#words + 1] = word end
  return words
end

local function numbers(span)
  local first, last = span:match "^(%d+)%-(%d+)$"
  return tonumber(first), tonumber(last)
end

local function make_host(number)
  return {ip = ("127.1.%d.%d"):format(number // 256, number % 256), name = "", registry = {}}
end

local function make_port(number, service)
  return {number = number, protocol = "tcp", state = "open", service = service,
    version = {name = service, name_confidence = 3, service_tunnel = "none", service_dtype = "table", cpe = {}}}
end

local function compile_all(listed)
  local chunks = {}
  for i, name in ipairs(listed) do chunks[i] = compile(name) end
  return chunks
end

local modes = {}

function modes.load()
  local listed = names()
  for _, name in ipairs(listed) do instance(name, compile(name)) end
  return #listed
end

function modes.rules(_, hosts, span, listed)
  local first, last = numbers(span)
  listed = split(listed)
  local chunks = compile_all(listed)
  local done = 0
  for h = 0, tonumber(hosts) - 1 do
    local host = make_host(h)
    for p = first, last do
      local port = make_port(p, "unknown")
      for i, name in ipairs(listed) do
        instance(name, chunks[i]).portrule(host, port)
        done = done + 1
      end
    end
  end
  return done
end

function modes.fires(_, span, listed)
  local first, last = numbers(span)
  listed = split(listed)
  local fired = 0
  for i, chunk in ipairs(compile_all(listed)) do
    for p = first, last do
      if instance(listed[i], chunk).portrule(make_host(0), make_port(p, "unknown")) then
        print(listed[i])
        fired = fired + 1
        break
      end
    end
  end
  return fired
end

-- Returns a certificate as getCertificate does. `pem` is the text of a real one; the other fields are constants.
local function canned(pem)
  local digest = ("\x5a"):rep(20)
  local function valid(year) return {year = year, month = 1, day = 2, hour = 3, min = 4, sec = 5} end
  return {
    subject = {commonName = "bench.example"}, issuer = {commonName = "bench.example"},
    extensions = {{name = "X509v3 Subject Key Identifier", value = digest, critical = false},
      {name = "X509v3 Authority Key Identifier", value = digest, critical = false},
      {name = "X509v3 Basic Constraints", value = "CA:TRUE", critical = true}},
    validity = {notBefore = valid(2025), notAfter = valid(2035)},
    pubkey = {type = "rsa", bits = 2048}, sig_algorithm = "sha256WithRSAEncryption", pem = pem,
    digest = function() return digest end,
  }
end

-- Runs the chunk, the rule and the action of a script `times` times.
function modes.action(_, name, times, number, service, file)
  if file then
    local pem = read(file)
    require "sslcert".getCertificate = function() return true, canned(pem) end
  end
  local chunk = compile(name)
  local port = make_port(tonumber(number), service)
  local done = 0
  for h = 0, tonumber(times) - 1 do
    local host = make_host(h)
    local script = instance(name, chunk)
    local thread = coroutine.create(script.action)
    if script.portrule(host, port) then
      local fine, result, text = coroutine.resume(thread, host, port)
      assert(fine and (text or result), "no result")
      done = done + 1
    end
  end
  return done
end

print("done " .. modes[mode](table.unpack(arg, 2)))
