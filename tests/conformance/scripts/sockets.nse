-- SPDX-License-Identifier: Apache-2.0
description = [[What the calls of a socket return, one line per call, to a server of HTTP on 80 and TLS on 443.]]
author = "sluice"
license = "Apache-2.0"
categories = {"safe"}

local nmap = require "nmap"
local match = require "match"

portrule = function (_, port) return port.number == 80 end

local function text (value)
  if type(value) == "string" then
    local short = value:gsub("Date: [^\r]*", "Date")
    short = short:gsub("[^\32-\126]", function (c) return ("\\%d"):format(c:byte()) end)
    return ("%q"):format(short)
  end
  return math.type(value) or type(value) ~= "userdata" and tostring(value) or "userdata"
end

local GET = "GET /robots.txt HTTP/1.0\r\n\r\n"

action = function (host)
  local out = {}
  local function note (name, ...)
    local words = {}
    for i = 1, select("#", ...) do words[i] = text((select(i, ...))) end
    out[#out + 1] = name .. ": " .. table.concat(words, ", ")
  end
  local function try (name, ...) note(name, pcall(...)) end
  local web, tls = {number = 80, protocol = "tcp"}, {number = 443, protocol = "tcp"}
  local closed = {number = 9, protocol = "tcp"}

  local s = nmap.new_socket()
  try("send unconnected", s.send, s, "x")
  try("receive unconnected", s.receive, s)
  try("receive_lines unconnected", s.receive_lines, s, 1)
  try("receive_buf unconnected", s.receive_buf, s, "\n", true)
  try("get_info unconnected", s.get_info, s)
  try("close unconnected", s.close, s)
  try("close twice", s.close, s)
  try("set_timeout", s.set_timeout, s, 2000)
  try("connect closed", s.connect, s, host, closed)
  try("send after a failed connect", s.send, s, "x")
  try("connect closed by number", s.connect, s, host.ip, 9)
  try("connect closed tls", s.connect, s, host.ip, 9, "ssl")
  try("connect tls to no tls", s.connect, s, host.ip, 80, "ssl")
  try("connect bad protocol", s.connect, s, host.ip, 80, "nonsense")
  try("connect no such name", s.connect, s, "no-such-name.invalid", 80)
  try("connect bad port", s.connect, s, host.ip, {})
  try("connect no port", s.connect, s, host.ip)
  try("connect no host", s.connect, s, nil, 80)
  try("connect port out of range", s.connect, s, host.ip, 70000)
  s:close()

  s = nmap.new_socket()
  s:set_timeout(2000)
  try("connect", s.connect, s, host, web)
  local ok, lhost, lport, rhost, rport = s:get_info()
  note("get_info", ok, lhost, math.type(lport), rhost, rport)
  try("connect connected", s.connect, s, host, web)
  try("certificate of plain", s.get_ssl_certificate, s)
  s:close()

  s = nmap.new_socket()
  s:connect(host, web)
  try("send", s.send, s, GET)
  try("receive_lines", s.receive_lines, s, 2)
  try("receive to the end", s.receive, s)
  try("receive at the end", s.receive, s)
  try("receive_bytes at the end", s.receive_bytes, s, 10)
  try("receive_buf at the end", s.receive_buf, s, "\n", true)
  try("send at the end", s.send, s, "x")
  s:close()
  try("receive closed", s.receive, s)

  for name, what in pairs({
    crlf = {"\r\n", false}, ["kept crlf"] = {"\r\n", true}, ["lf or crlf"] = {"\r?\n", true},
    ["five bytes"] = {match.numbytes(5), true}, ["four of five bytes"] = {match.numbytes(5), false},
    headers = {match.pattern_limit("\r\n\r\n", 4096), true}, ["never there"] = {"never there", true},
    ["an empty pattern"] = {"", true}, ["no bytes"] = {match.numbytes(0), true},
    ["left after right"] = {function () return 2, 1 end, true},
    ["right too far"] = {function () return 1, 1e6 end, true},
    ["left too early"] = {function () return -2, 3 end, true},
    ["numbers in text"] = {function () return "1", "3" end, true},
    ["halves of numbers"] = {function () return 1.5, 3.5 end, true},
    ["only one index"] = {function () return 1 end, true},
  }) do
    s = nmap.new_socket()
    s:set_timeout(2000)
    s:connect(host, web)
    s:send(GET)
    for i = 1, 2 do try(("receive_buf %s %d"):format(name, i), s.receive_buf, s, what[1], what[2]) end
    try(("receive after receive_buf %s"):format(name), s.receive, s)
    s:close()
  end
  s = nmap.new_socket()
  s:connect(host, web)
  try("receive_buf no keep", s.receive_buf, s, "x")
  try("receive_buf no delimiter", s.receive_buf, s, nil, true)
  try("receive_buf bad delimiter", s.receive_buf, s, 5, true)
  try("receive_bytes no number", s.receive_bytes, s)
  try("receive_lines no number", s.receive_lines, s)
  s:set_timeout(200)
  try("receive in vain", s.receive, s)
  try("receive_bytes in vain", s.receive_bytes, s, 1)
  try("receive_lines in vain", s.receive_lines, s, 1)
  try("receive_buf in vain", s.receive_buf, s, "\n", true)
  s:set_timeout(2000)
  s:send(GET)
  try("receive_bytes", s.receive_bytes, s, 20)
  try("set_timeout bad", s.set_timeout, s, "x")
  note("set_timeout negative", (pcall(s.set_timeout, s, -5))) -- nmap's text has a number that nobody gave it
  s:close()

  s = nmap.new_socket("tcp")
  try("connect tls", s.connect, s, host, tls, "ssl")
  try("send tls", s.send, s, GET)
  try("receive_lines tls", s.receive_lines, s, 1)
  s:close()
  s = nmap.new_socket()
  try("connect plain to tls", s.connect, s, host, tls)
  try("reconnect_ssl", s.reconnect_ssl, s)
  try("send tls", s.send, s, GET)
  try("receive_bytes tls", s.receive_bytes, s, 5)
  s:close()
  try("reconnect_ssl closed", s.reconnect_ssl, s)

  s = nmap.new_socket("udp")
  s:set_timeout(300)
  try("udp connect", s.connect, s, host, 9, "udp")
  try("udp send", s.send, s, "x")
  try("udp receive", s.receive, s)
  s:close()
  s = nmap.new_socket("udp")
  s:set_timeout(300)
  try("udp sendto", s.sendto, s, host, 9, "x")
  try("udp sendto a table", s.sendto, s, host, {number = 9, protocol = "udp"}, "x")
  s:close()
  -- Lua finds the name of the function in one of two tables, by chance.
  note("new_socket nonsense", (select(2, pcall(nmap.new_socket, "nonsense")):gsub("to '[%w_.]+'", "to new_socket")))
  try("new_socket twice", nmap.new_socket, "tcp", "inet", "more")
  try("bind", function () local b = nmap.new_socket() return b:bind("127.0.0.1", 0) end)
  try("bind nonsense", function () local b = nmap.new_socket() return b:bind("nonsense", 0) end)
  try("resolve", function ()
    local good, list = nmap.resolve("127.0.0.1")
    return good, type(list) == "table" and table.concat(list, " ") or list
  end)
  try("resolve unknown", nmap.resolve, "no-such-name.invalid")
  try("resolve v6", function ()
    local good, list = nmap.resolve("::1", "inet6")
    return good, type(list) == "table" and table.concat(list, " ") or list
  end)
  table.sort(out)
  return out
end
