// SPDX-License-Identifier: Apache-2.0
// Functions of the module libssh2 that work on channels.

#include "lua/binding.hpp"
#include "nse/lib/libssh2_lib.hpp"
#include "nse/lib/ssh_session.hpp"

namespace sluice::nse {

using lua::check_string;

namespace {

/// A channel that open_channel returns. Owned by Lua, as a userdata, whose user value is the session. libssh2 frees the
/// channel when it frees the session.
struct SshChannel {
  static constexpr const char* kTypeName = "ssh2.channel";
  explicit SshChannel(LIBSSH2_CHANNEL* opened) noexcept : handle(opened) {}
  LIBSSH2_CHANNEL* handle;
};
using ChannelClass = lua::Userdata<SshChannel>;

/// Returns the channel at `index`. Raises if its session has ended.
LIBSSH2_CHANNEL* check_channel(lua_State* state, int index) {
  SshChannel& channel = ChannelClass::check(state, index);
  lua_getiuservalue(state, index, 1);
  const SshSession* session = SshClass::test(state, -1);
  if (!session || !session->get()) luaL_error(state, "SSH session is closed");
  lua_pop(state, 1);
  return channel.handle;
}

/// Returns the channel at index 2. Raises if it does not belong to the session at index 1.
LIBSSH2_CHANNEL* check_channel(lua_State* state) {
  LIBSSH2_CHANNEL* channel = check_channel(state, 2);
  lua_getiuservalue(state, 2, 1);
  luaL_argcheck(state, lua_rawequal(state, -1, 1), 2, "channel of another session");
  lua_pop(state, 1);
  return channel;
}

struct OpenChannel {
  struct Args {
    bool pty;
  };
  static Args parse(lua_State* state) { return {lua_toboolean(state, 2) == 0}; }
  static long act(SshSession& session, const Args& args) noexcept {
    if (!session.opening) session.opening = libssh2_channel_open_session(session.get());
    if (!session.opening) return libssh2_session_last_errno(session.get());
    return args.pty ? libssh2_channel_request_pty(session.opening, "vanilla") : 0;
  }
  static int push(lua_State* state, SshSession& session, long outcome) {
    if (!session.opening) return luaL_error(state, "Opening channel");
    if (outcome != 0) return luaL_error(state, "Requesting pty");
    ChannelClass::push(state, session.opening);
    lua_pushvalue(state, 1);
    lua_setiuservalue(state, -2, 1);
    return 1;
  }
};

struct ChannelRequestPtyEx {
  struct Args {
    LIBSSH2_CHANNEL* channel;
    std::string_view terminal, modes;
    int width, height, width_px, height_px;
  };
  static Args parse(lua_State* state) {
    return {check_channel(state),
            check_string(state, 3),
            lua::opt_string(state, 4, {}),
            static_cast<int>(luaL_optinteger(state, 5, LIBSSH2_TERM_WIDTH)),
            static_cast<int>(luaL_optinteger(state, 6, LIBSSH2_TERM_HEIGHT)),
            static_cast<int>(luaL_optinteger(state, 7, LIBSSH2_TERM_WIDTH_PX)),
            static_cast<int>(luaL_optinteger(state, 8, LIBSSH2_TERM_HEIGHT_PX))};
  }
  static long act(SshSession&, const Args& args) noexcept {
    return libssh2_channel_request_pty_ex(
        args.channel, args.terminal.data(), static_cast<unsigned>(args.terminal.size()), args.modes.data(),
        static_cast<unsigned>(args.modes.size()), args.width, args.height, args.width_px, args.height_px);
  }
  static int push(lua_State* state, SshSession&, long outcome) {
    if (outcome != 0) return luaL_error(state, "Requesting pty");
    return 0;
  }
};

/// A request to run something in a channel. `type`: "shell", "exec" or "subsystem". `message`: such as the command.
struct Startup {
  LIBSSH2_CHANNEL* channel;
  std::string_view type, message;
  [[nodiscard]] long act() const noexcept {
    return libssh2_channel_process_startup(channel, type.data(), static_cast<unsigned>(type.size()), message.data(),
                                           static_cast<unsigned>(message.size()));
  }
};

struct ChannelRequest {
  static Startup parse(lua_State* state) {
    return {check_channel(state), lua::opt_string(state, 3, "shell"), lua::opt_string(state, 4, {})};
  }
  static long act(SshSession&, const Startup& args) noexcept { return args.act(); }
  static int push(lua_State* state, SshSession&, long outcome) {
    if (outcome != 0) return luaL_error(state, "Error sending %s request", luaL_optstring(state, 3, "shell"));
    return 0;
  }
};

struct ChannelExec {
  static Startup parse(lua_State* state) { return {check_channel(state), "exec", check_string(state, 3)}; }
  static long act(SshSession&, const Startup& args) noexcept { return args.act(); }
  static int push(lua_State* state, SshSession&, long outcome) {
    if (outcome != 0) return luaL_error(state, "Error executing command");
    return 0;
  }
};

template <int Stream>
struct ChannelRead {
  static constexpr std::size_t kMax = 2048;
  struct Args {
    LIBSSH2_CHANNEL* channel;
  };
  static Args parse(lua_State* state) { return {check_channel(state)}; }
  static long act(SshSession& session, const Args& args) noexcept {
    session.data.resize(kMax);
    return libssh2_channel_read_ex(args.channel, Stream, session.data.data(), kMax);
  }
  static int push(lua_State* state, SshSession& session, long outcome) {
    if (outcome < 0) return luaL_error(state, "Reading from channel");
    if (outcome == 0)
      lua_pushnil(state);
    else
      lua_pushlstring(state, session.data.data(), static_cast<std::size_t>(outcome));
    return 1;
  }
};

struct ChannelWrite {
  struct Args {
    LIBSSH2_CHANNEL* channel;
    std::string_view data;
  };
  static Args parse(lua_State* state) { return {check_channel(state), check_string(state, 3)}; }
  static long act(SshSession&, const Args& args) noexcept {
    return libssh2_channel_write(args.channel, args.data.data(), args.data.size());
  }
  static int push(lua_State* state, SshSession&, long outcome) {
    if (outcome < 0) return luaL_error(state, "Writing to channel");
    lua_pushinteger(state, outcome);
    return 1;
  }
};

using Tell = int (*)(LIBSSH2_CHANNEL*);
int send_eof(LIBSSH2_CHANNEL* channel) { return libssh2_channel_send_eof(channel); }
int close(LIBSSH2_CHANNEL* channel) { return libssh2_channel_close(channel); }

/// Sends a message without a payload to the server. Ignores errors.
template <Tell tell>
struct ChannelTell {
  struct Args {
    LIBSSH2_CHANNEL* channel;
  };
  static Args parse(lua_State* state) { return {check_channel(state)}; }
  static long act(SshSession&, const Args& args) noexcept { return tell(args.channel); }
  static int push(lua_State*, SshSession&, long) { return 0; }
};

int channel_eof(lua_State* state) {
  lua_pushboolean(state, libssh2_channel_eof(check_channel(state, 1)) != 0);
  return 1;
}

}  // namespace

const luaL_Reg kSshChannelFunctions[] = {
    {"open_channel", block<SshCall<OpenChannel>>},
    {"channel_request_pty_ex", block<SshCall<ChannelRequestPtyEx>>},
    {"channel_request", block<SshCall<ChannelRequest>>},
    {"channel_shell", block<SshCall<ChannelRequest>>},
    {"channel_exec", block<SshCall<ChannelExec>>},
    {"channel_read", block<SshCall<ChannelRead<0>>>},
    {"channel_read_stderr", block<SshCall<ChannelRead<SSH_EXTENDED_DATA_STDERR>>>},
    {"channel_write", block<SshCall<ChannelWrite>>},
    {"channel_send_eof", block<SshCall<ChannelTell<send_eof>>>},
    {"channel_eof", channel_eof},
    {"channel_close", block<SshCall<ChannelTell<close>>>},
    {nullptr, nullptr},
};

void define_ssh_channel(lua_State* state) {
  static const luaL_Reg kNoMethods[] = {{nullptr, nullptr}};
  ChannelClass::define(state, kNoMethods);
  lua_pop(state, 1);
}

}  // namespace sluice::nse
