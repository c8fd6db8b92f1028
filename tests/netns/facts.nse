-- SPDX-License-Identifier: Apache-2.0
description = "What a host table tells about the way to its host, and whether a connection gets there."
categories = {"safe"}

local nmap = require "nmap"
local stdnse = require "stdnse"

portrule = function(host, port) return port.state == "open" end

action = function(host, port)
  local socket = nmap.new_socket()
  local connected, why = socket:connect(host, port)
  socket:close()
  local hex = function(bytes) return bytes and stdnse.tohex(bytes) or "none" end
  return ("ip %s interface %s mtu %d direct %s source %s mac %s next hop %s ours %s connected %s"):format(
    host.ip, host.interface, host.interface_mtu, host.directly_connected, hex(host.bin_ip_src), hex(host.mac_addr),
    hex(host.mac_addr_next_hop), hex(host.mac_addr_src), connected or why)
end
