-- SPDX-License-Identifier: Apache-2.0
local libssh2 = require "libssh2"
local io = require "io"
local stdnse = require "stdnse"
local table = require "table"

description = [[
Calls the functions of libssh2 one by one and tells what each says. A user alice with the password "secret" may log in,
also with the private key of the argument "key". The argument "pam" says that the server leaves passwords to PAM.
]]
author = "sluice"
license = "the project's"
categories = {"safe"}

portrule = function(_, port) return port.number == 22 and port.state == "open" end

local lines

local function tell(name, f, ...)
  local said = table.pack(pcall(f, ...))
  for i = 1, said.n do
    said[i] = type(said[i]) == "table" and table.concat(said[i], ",") or tostring(said[i])
  end
  lines[#lines + 1] = name .. ": " .. table.concat(said, " | ")
end

-- All that the channel has to say, which comes in pieces of any size; much of it shortened.
local function read_all(session, channel)
  local all = {}
  repeat
    all[#all + 1] = libssh2.channel_read(session, channel)
  until libssh2.channel_eof(channel)
  all = table.concat(all)
  return #all < 100 and all or #all .. " bytes to " .. all:sub(-20)
end

-- A server that leaves passwords to PAM asks for them.
local function answer_questions(host, port)
  local session = libssh2.session_open(host, port)
  local asked = {}
  local function login(answers)
    return pcall(libssh2.userauth_keyboard_interactive, session, "alice", function(user, name, instruction, prompts)
      asked[#asked + 1] = user .. name .. instruction .. table.concat(prompts)
      return answers()
    end)
  end
  local function said(text, ok, why)
    return not ok and why:find(text, 1, true)
  end
  if not stdnse.get_script_args("pam") then
    local ok, accepted = login(function() return { "secret" } end)
    assert(ok and not accepted and #asked == 0)
    return
  end
  local ok, accepted = login(function() return {} end)
  assert(ok and not accepted and asked[1] == "alicePassword: ", asked[1])
  assert(said("no idea", login(function() error("no idea") end)))
  assert(said("table expected", login(function() return "secret" end)))
  assert(said("attempt to yield", login(function() stdnse.sleep(0.1) end)))
  assert(#asked == 4)
  session = libssh2.session_open(host, port)
  ok, accepted = login(function() return { "secret" } end)
  assert(ok and accepted)
  assert(libssh2.userauth_list(session, "alice") == "none_auth")
end

-- What Nmap 7.93 has not; all of it is silent unless it fails.
local function newer(host, port)
  answer_questions(host, port)
  local session = libssh2.session_open(host, port)
  assert(libssh2.userauth_list(session, "alice"))
  local f = assert(io.open(stdnse.get_script_args("key")))
  local key = f:read("a")
  f:close()
  assert(libssh2.userauth_publickey_frommemory(session, "alice", key))
  assert(libssh2.userauth_list(session, "alice") == "none_auth")

  local channel = libssh2.open_channel(session, true)
  libssh2.channel_request_pty_ex(session, channel, "vt100", nil, 100, 50, 0, 0)
  libssh2.channel_exec(session, channel, "echo $TERM; stty size")
  assert(read_all(session, channel) == "vt100\r\n50 100\r\n")

  channel = libssh2.open_channel(session, true)
  libssh2.channel_request(session, channel)
  assert(libssh2.channel_write(session, channel, "echo out; echo err >&2; exit\n") == 29)
  assert(libssh2.channel_read(session, channel) == "out\n")
  assert(libssh2.channel_read_stderr(session, channel) == "err\n")
  assert(not libssh2.channel_read(session, channel))
  assert(libssh2.channel_eof(channel))
  libssh2.channel_close(session, channel)
  tell("another request", libssh2.channel_request, session, channel, "subsystem", "nothing")
  assert(table.remove(lines):find("Error sending subsystem request", 1, true))

  local other = libssh2.session_open(host, port)
  assert(not pcall(libssh2.channel_read, other, channel))
  libssh2.session_close(session)
  libssh2.session_close(session)
  assert(not pcall(libssh2.userauth_list, session, "alice"))
  assert(not pcall(libssh2.channel_eof, channel))

  assert(libssh2.userauth_password(other, "alice", "secret"))
  channel = libssh2.open_channel(other)
  libssh2.channel_exec(other, channel, "cat")
  getmetatable(other).__gc(other)
  assert(not pcall(libssh2.channel_eof, channel))
  assert(not pcall(libssh2.channel_read, other, channel))
end

action = function(host, port)
  lines = {}
  local key = stdnse.get_script_args("key")
  tell("no port", libssh2.session_open, host, 1)
  tell("no key", libssh2.read_publickey, "/nonexistent")

  local session = libssh2.session_open(host, port.number)
  tell("sha1", libssh2.hostkey_hash, session)
  tell("md5", libssh2.hostkey_hash, session, "md5")
  tell("another hash", libssh2.hostkey_hash, session, "sha256")
  tell("methods", libssh2.userauth_list, session, "alice")
  if libssh2.userauth_banner then
    tell("banner", libssh2.userauth_banner, session)
  end
  libssh2.session_close(session)

  session = libssh2.session_open(host.ip, port.number)
  tell("wrong password", libssh2.userauth_password, session, "alice", "wrong")
  tell("no private key", libssh2.userauth_publickey, session, "alice", "/nonexistent", "")
  tell("private key", libssh2.userauth_publickey, session, "alice", key)
  local channel = libssh2.open_channel(session)
  tell("exec", libssh2.channel_exec, session, channel, "stty -echo -opost; echo ready; read a; echo $a; seq 20000")
  tell("read", libssh2.channel_read, session, channel)
  tell("write", libssh2.channel_write, session, channel, "hello\n")
  tell("end of what is written", libssh2.channel_send_eof, session, channel)
  tell("read all", read_all, session, channel)
  tell("again", libssh2.channel_exec, session, channel, "true")
  tell("close", libssh2.channel_close, session, channel)
  tell("session", libssh2.session_close, session)

  session = libssh2.session_open(host, port.number)
  tell("password", libssh2.userauth_password, session, "alice", "secret")
  tell("timeout", libssh2.set_timeout, session, 1)
  channel = libssh2.open_channel(session)
  libssh2.channel_exec(session, channel, "sleep 1; echo $TERM; echo error >&2")
  tell("read slowly", read_all, session, channel)

  if libssh2.userauth_keyboard_interactive then
    tell("newer", newer, host, port.number)
    assert(lines[#lines] == "newer: true", lines[#lines])
    lines[#lines] = nil
  end
  return table.concat(lines, "\n")
end
