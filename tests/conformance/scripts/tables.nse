-- SPDX-License-Identifier: Apache-2.0
description = [[What the engine hands to scripts: the tables of the host and of the port, and nmap's settings.]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local nmap = require "nmap"
local stdnse = require "stdnse"
local tableaux = require "tableaux"

-- Measured times, addresses in memory, and the way to the data, which has its own tests.
local volatile = {srtt = true, rttvar = true, timeout = true, _Target = true, fetchfile = true}

-- The way to the host: sluice asks the system for it, nmap only if it sends packets of its own (docs/differences.md).
local way = {interface = true, interface_mtu = true, bin_ip_src = true, directly_connected = true}

local function without_way (host)
  local out = {}
  for key, value in pairs(host) do if not way[key] then out[key] = value end end
  return out
end

-- Every key with the type and the text of its value, sorted. Integers and floats are told apart by their text.
local function shown (value)
  if type(value) ~= "table" then
    return type(value), (tostring(value):gsub("[^\32-\126]", function (c) return ("\\%d"):format(c:byte()) end))
  end
  local out = stdnse.output_table()
  local keys = tableaux.keys(value)
  table.sort(keys, function (a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local kind, text = shown(value[key])
    if type(kind) == "table" then out[tostring(key)] = kind
    else out[tostring(key)] = volatile[key] and kind or kind .. " " .. text end
  end
  return out
end

local function numbers (host, protocol, state)
  local list = {}
  local port = nmap.get_ports(host, nil, protocol, state)
  while port do
    list[#list + 1] = port.number
    port = nmap.get_ports(host, port, protocol, state)
  end
  return table.concat(list, " ")
end

local function general (host)
  return {
    address_family = nmap.address_family(), verbosity = nmap.verbosity(), debugging = nmap.debugging(),
    have_ssl = tostring(nmap.have_ssl()), is_privileged = tostring(nmap.is_privileged()),
    interface = tostring(nmap.get_interface()), version_intensity = nmap.version_intensity(),
    clock = type(nmap.clock()), clock_ms = type(nmap.clock_ms()),
    fetchfile = tostring(nmap.fetchfile("nmap-services")), nofile = tostring(nmap.fetchfile("no-such-file")),
    get_ports = host and numbers(host, "tcp", "open") .. "|" .. numbers(host, "tcp", "closed") .. "|"
      .. numbers(host, "udp", "open"),
    state = host and nmap.get_port_state(host, {number = 22, protocol = "tcp"}),
    unknown = host and tostring(nmap.get_port_state(host, {number = 9, protocol = "tcp"})),
    timing = nmap.timing_level(), script = SCRIPT_NAME, path = SCRIPT_PATH, kind = SCRIPT_TYPE,
    -- every script has globals of its own
    globals = table.concat({tostring(rawget(_G, "SCRIPT_NAME")), tostring(rawget(_G, "action"))}, " "),
  }
end

prerule = function () return true end
hostrule = function () return true end
portrule = function (_, port) return port.number == 22 or port.number == 80 end
postrule = function () return true end

action = function (host, port)
  local out = stdnse.output_table()
  out.general = shown(general(host))
  out.host = host and shown(without_way(host))
  out.port = port and shown(port)
  return out
end
