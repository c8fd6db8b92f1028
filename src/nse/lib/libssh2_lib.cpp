// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/libssh2_lib.hpp"

#include <sys/stat.h>

#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/text.hpp"
#include "base/text_file.hpp"
#include "lua/binding.hpp"
#include "nse/lib/connect.hpp"
#include "nse/lib/libssh2_versions.hpp"
#include "nse/lib/ssh_session.hpp"

namespace sluice::nse {

using lua::check_string;

namespace {

unsigned size_of(std::string_view text) noexcept { return static_cast<unsigned>(text.size()); }

int push_truth(lua_State* state, bool truth) {
  lua_pushboolean(state, truth);
  return 1;
}

// ---- Opening and closing.

struct Handshake {
  /// libssh2 requires a number, which it passes to the callbacks. No process has this descriptor.
  static constexpr libssh2_socket_t kNoDescriptor = INT_MAX;
  struct Args {};
  static Args parse(lua_State*) { return {}; }
  static long act(SshSession& session, const Args&) noexcept {
    return libssh2_session_handshake(session.get(), kNoDescriptor);
  }
  static int push(lua_State* state, SshSession& session, long outcome) {
    if (outcome != 0) {
      session.end();
      return luaL_error(state, "Unable to complete libssh2 handshake.");
    }
    session.established = true;
    lua_settop(state, 1);
    return 1;
  }
};

/// On the stack: the host, the port, and the session. push() moves the session to index 1, where the other functions
/// expect it.
struct SessionOpen : Connect {
  static Args parse(lua_State* state) {
    SshSession& session = SshClass::check(state, 3);
    Args args{&session, {}, {}, static_cast<std::uint16_t>(lua_tointeger(state, 2)), net::Transport::Tcp};
    check_host(state, 1, args);
    return args;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    SshSession& session = SshClass::check(state, 3);
    if (thread.reply().status != core::Status::Ok) {
      session.end();
      push_failure(state, thread.reply());
      return lua_error(state);
    }
    lua_replace(state, 1);
    return block<SshCall<Handshake>>(state);
  }
};

int session_open(lua_State* state) {
  luaL_checkinteger(state, 2);
  lua_settop(state, 2);
  if (!SshClass::push(state, lua::owner<Runtime>(state)).get()) {
    lua_pushboolean(state, false);
    lua_pushliteral(state, "initiating session");
    return 2;
  }
  return block<SessionOpen>(state);
}

/// Sends a disconnect message if the socket is open, and ends the session.
struct SessionClose {
  using Args = SshSession*;
  static Args parse(lua_State* state) {
    SshSession& session = SshClass::check(state, 1);
    claim(state, session);
    return &session;
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, Args session) noexcept {
    session->begin_call();
    if (session->get() && session->id) {
      libssh2_session_disconnect(session->get(), "Normal Shutdown");
      if (session->flush(runtime, thread)) return;
    }
    thread.start<pending::Immediate>("send").done({});
  }
  static bool next_stage(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime&, ScriptThread&) {
    SshClass::check(state, 1).end();
    return 0;
  }
};

// ---- Functions that send nothing.

int hostkey_hash(lua_State* state) {
  static const char* const kNames[] = {"md5", "sha1", nullptr};
  SshSession& session = check_session(state);
  const bool sha1 = luaL_checkoption(state, 2, "sha1", kNames) == 1;
  const char* hash = libssh2_hostkey_hash(session.get(), sha1 ? LIBSSH2_HOSTKEY_HASH_SHA1 : LIBSSH2_HOSTKEY_HASH_MD5);
  if (!hash) {
    lua_pushboolean(state, false);
    lua_pushliteral(state, "unable to get hash of the host key");
    return 2;
  }
  constexpr char kDigits[] = "0123456789ABCDEF";
  constexpr int kMd5Size = 16, kSha1Size = 20;
  const int size = sha1 ? kSha1Size : kMd5Size;
  char text[3 * kSha1Size];
  for (int i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(hash[i]);
    text[3 * i] = kDigits[byte >> 4];
    text[3 * i + 1] = kDigits[byte & 15];
    text[3 * i + 2] = ':';
  }
  lua_pushlstring(state, text, static_cast<std::size_t>(3 * size - 1));
  return 1;
}

/// Has no effect, as under Nmap. The timeout would apply to calls that block the process, and no call does. The
/// timeouts that stock scripts set would be too short for servers that delay the refusal of a password.
int set_timeout(lua_State* state) {
  check_session(state);
  luaL_checkinteger(state, 2);
  return 0;
}

/// True if the file is regular. Reading other files may block.
bool is_regular_file(std::string_view path) noexcept {
  struct stat status {};
  return ::stat(std::string(path).c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

/// Returns the decoded second word of a public key file such as id_rsa.pub.
struct ReadPublickey {
  struct Args {
    std::string_view path;
  };
  struct Out {
    bool found;
  };
  static Args parse(lua_State* state) { return {check_string(state, 1)}; }
  static Out act(lua::Home& home, const Args& args) noexcept {
    if (!is_regular_file(args.path)) return {false};
    const Result<std::string> text = read_text_file(std::string(args.path));
    if (!text) return {false};
    std::string_view rest = *text;
    take_word(rest);
    home.scratch = take_word(rest);
    return {true};
  }
  static int push(lua_State* state, const Args&, const Out& out) {
    if (!out.found) return luaL_error(state, "Error reading file");
    lua::push_string(state, lua::home(state).scratch);
    lua_getglobal(state, "require");
    lua_pushliteral(state, "base64");
    lua_call(state, 1, 1);
    lua_getfield(state, -1, "dec");
    lua_pushvalue(state, -3);
    lua_call(state, 1, 1);
    return 1;
  }
};

// ---- Authentication.

struct UserauthList {
  struct Args {
    std::string_view user;
  };
  static constexpr long kNoneNeeded = 1;
  static Args parse(lua_State* state) { return {check_string(state, 2)}; }
  static long act(SshSession& session, const Args& args) noexcept {
    if (libssh2_userauth_authenticated(session.get())) return kNoneNeeded;
    if (const char* methods = libssh2_userauth_list(session.get(), args.user.data(), size_of(args.user))) {
      session.data = methods;
      return 0;
    }
    return libssh2_userauth_authenticated(session.get()) ? kNoneNeeded : libssh2_session_last_errno(session.get());
  }
  static int push(lua_State* state, SshSession& session, long outcome) {
    if (outcome == kNoneNeeded) {
      lua_pushliteral(state, "none_auth");
      return 1;
    }
    if (outcome < 0) {
      lua_pushboolean(state, false);
      lua_pushfstring(state, "userauth_list: %s", session.last_error());
      return 2;
    }
    lua_newtable(state);
    std::string_view left = session.data;
    for (lua_Integer index = 1; !left.empty(); ++index) {
      const std::string_view method = left.substr(0, left.find(','));
      lua::push_string(state, method);
      lua_rawseti(state, -2, index);
      left.remove_prefix(std::min(left.size(), method.size() + 1));
    }
    return 1;
  }
};

struct UserauthPassword {
  struct Args {
    std::string_view user, password;
  };
  static Args parse(lua_State* state) { return {check_string(state, 2), check_string(state, 3)}; }
  static long act(SshSession& session, const Args& args) noexcept {
    return libssh2_userauth_password_ex(session.get(), args.user.data(), size_of(args.user), args.password.data(),
                                        size_of(args.password), nullptr);
  }
  static int push(lua_State* state, SshSession&, long outcome) { return push_truth(state, outcome == 0); }
};

/// Arguments with a key pair. The keys are paths of files, or the contents of such files.
struct PublickeyArgs {
  std::string_view user, private_key;
  const char* passphrase;
  std::string_view public_key;  ///< "": libssh2 derives it from the private key
  static PublickeyArgs parse(lua_State* state) {
    return {check_string(state, 2), check_string(state, 3), luaL_optstring(state, 4, ""),
            lua::opt_string(state, 5, {})};
  }
};

struct UserauthPublickey {
  static PublickeyArgs parse(lua_State* state) { return PublickeyArgs::parse(state); }
  static long act(SshSession& session, const PublickeyArgs& args) noexcept {
    for (const std::string_view path : {args.private_key, args.public_key})
      if (!path.empty() && !is_regular_file(path)) return LIBSSH2_ERROR_FILE;
    return libssh2_userauth_publickey_fromfile_ex(session.get(), args.user.data(), size_of(args.user),
                                                  args.public_key.data(), args.private_key.data(), args.passphrase);
  }
  static int push(lua_State* state, SshSession&, long outcome) { return push_truth(state, outcome == 0); }
};

struct UserauthPublickeyFrommemory {
  static PublickeyArgs parse(lua_State* state) { return PublickeyArgs::parse(state); }
  static long act(SshSession& session, const PublickeyArgs& args) noexcept {
    return libssh2_userauth_publickey_frommemory(session.get(), args.user.data(), args.user.size(),
                                                 args.public_key.data(), args.public_key.size(),
                                                 args.private_key.data(), args.private_key.size(), args.passphrase);
  }
  static int push(lua_State* state, SshSession&, long outcome) { return push_truth(state, outcome == 0); }
};

/// Offers a public key to the server. A server that accepts the key requests a signature. The callback refuses to sign
/// and notes the request.
struct PublickeyCanauth {
  struct Args {
    std::string_view user, key;
  };
  static Args parse(lua_State* state) { return {check_string(state, 2), check_string(state, 3)}; }
  static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(refuse) {
    (void)sig, (void)sig_len, (void)data, (void)data_len, (void)abstract;
    static_cast<SshSession*>(*libssh2_session_abstract(session))->asked_to_sign = true;
    return LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
  }
  static long act(SshSession& session, const Args& args) noexcept {
    return libssh2_userauth_publickey(session.get(), args.user.data(),
                                      reinterpret_cast<const unsigned char*>(args.key.data()), args.key.size(), refuse,
                                      libssh2_session_abstract(session.get()));
  }
  static int push(lua_State* state, SshSession& session, long outcome) {
    if (session.asked_to_sign) return push_truth(state, true);
    if (outcome == LIBSSH2_ERROR_AUTHENTICATION_FAILED) return push_truth(state, false);
    return luaL_error(state, "Invalid public key: %s", session.last_error());
  }
};

/// Passes the questions of the server to a callback of the script, which returns the answers and must not block.
struct UserauthKeyboardInteractive {
  static constexpr int kCallback = 3, kError = 4;
  struct Args {
    lua_State* state;
    std::string_view user;
  };
  /// One set of questions and answers.
  struct Round {
    std::string_view name, instruction;
    int count;
    const LIBSSH2_USERAUTH_KBDINT_PROMPT* prompts;
    LIBSSH2_USERAUTH_KBDINT_RESPONSE* responses;  ///< set by ask(); libssh2 frees their texts
  };

  static Args parse(lua_State* state) {
    Args args{state, check_string(state, 2)};
    luaL_checktype(state, kCallback, LUA_TFUNCTION);
    return args;
  }
  /// Calls the callback of the script. Runs in a protected call with the callback, the user, and a Round.
  static int ask(lua_State* state) {
    const Round& round = *static_cast<const Round*>(lua_touserdata(state, 3));
    lua_settop(state, 2);  // the function and the user
    lua::push_string(state, round.name);
    lua::push_string(state, round.instruction);
    lua_createtable(state, round.count, 0);
    for (int i = 0; i < round.count; ++i) {
      // Its type is char* or unsigned char*, depending on the version of libssh2.
      lua_pushlstring(state, reinterpret_cast<const char*>(round.prompts[i].text), round.prompts[i].length);
      lua_rawseti(state, -2, i + 1);
    }
    lua_call(state, 4, 1);
    luaL_checktype(state, -1, LUA_TTABLE);
    for (int i = 0; i < round.count; ++i) {
      lua_geti(state, -1, i + 1);
      const std::string_view answer = lua::opt_string(state, -1, "");
      auto* text = static_cast<char*>(std::malloc(answer.size() + 1));
      if (!text) return luaL_error(state, "not enough memory");
      std::memcpy(text, answer.data(), answer.size());
      round.responses[i] = {text, size_of(answer)};
      lua_pop(state, 1);
    }
    return 0;
  }
  static LIBSSH2_USERAUTH_KBDINT_RESPONSE_FUNC(respond) {
    lua_State* state = static_cast<SshSession*>(*abstract)->answering;
    const auto text = [](const char* bytes, int size) {
      return std::string_view(bytes ? bytes : "", bytes ? static_cast<std::size_t>(size) : 0);
    };
    Round round{text(name, name_len), text(instruction, instruction_len), num_prompts, prompts, responses};
    lua_pushcfunction(state, ask);
    lua_pushvalue(state, kCallback);
    lua_pushvalue(state, 2);
    lua_pushlightuserdata(state, &round);
    if (lua_pcall(state, 3, 0, 0) != LUA_OK) lua_replace(state, kError);
  }
  static long act(SshSession& session, const Args& args) noexcept {
    session.answering = args.state;
    return libssh2_userauth_keyboard_interactive_ex(session.get(), args.user.data(), size_of(args.user), respond);
  }
  static int push(lua_State* state, SshSession&, long outcome) {
    lua_settop(state, kError);
    if (!lua_isnil(state, kError)) return lua_error(state);
    return push_truth(state, outcome == 0);
  }
};

int userauth_keyboard_interactive(lua_State* state) {
  lua_settop(state, UserauthKeyboardInteractive::kCallback);
  lua_settop(state, UserauthKeyboardInteractive::kError);
  return block<SshCall<UserauthKeyboardInteractive>>(state);
}

int push_userauth_banner(lua_State* state) {
  const char* banner = userauth_banner(check_session(state).get());
  if (!banner) return 0;
  lua_pushstring(state, banner);
  return 1;
}

constexpr luaL_Reg kSshFunctions[] = {
    {"session_open", session_open},
    {"session_close", block<SessionClose>},
    {"hostkey_hash", hostkey_hash},
    {"set_timeout", set_timeout},
    {"read_publickey", lua::call<ReadPublickey>},
    {"userauth_list", block<SshCall<UserauthList>>},
    {"userauth_password", block<SshCall<UserauthPassword>>},
    {"userauth_publickey", block<SshCall<UserauthPublickey>>},
    {"userauth_publickey_frommemory", block<SshCall<UserauthPublickeyFrommemory>>},
    {"userauth_keyboard_interactive", userauth_keyboard_interactive},
    {"publickey_canauth", block<SshCall<PublickeyCanauth>>},
    {nullptr, nullptr},
};

}  // namespace

int open_libssh2(lua_State* state) {
  static const int started = libssh2_init(0);
  if (started != 0) return luaL_error(state, "libssh2 cannot be initialised");
  static const luaL_Reg kNoMethods[] = {{nullptr, nullptr}};
  SshClass::define(state, kNoMethods);
  lua_pop(state, 1);
  define_ssh_channel(state);
  luaL_newlib(state, kSshFunctions);
  if (kHasUserauthBanner) {
    lua_pushcfunction(state, push_userauth_banner);
    lua_setfield(state, -2, "userauth_banner");
  }
  luaL_setfuncs(state, kSshChannelFunctions, 0);
  return 1;
}

}  // namespace sluice::nse
