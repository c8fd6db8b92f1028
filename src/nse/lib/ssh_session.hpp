#pragma once

#include <libssh2.h>

#include <optional>
#include <string>
#include <type_traits>

#include "lua/userdata.hpp"
#include "nse/lib/socket_lib.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

/// A session of the module `libssh2`: a socket with libssh2's state machine on top. libssh2 never sees a descriptor: it
/// reads and writes the buffers here, and SshCall carries their bytes with the operations of the network, so that
/// slots, timeouts and the trace are those of any socket.
class SshSession : public Socket {
 public:
  static constexpr const char* kTypeName = "ssh2";

  explicit SshSession(Runtime& runtime) noexcept;
  ~SshSession() { end(); }
  /// Closes the socket and frees what libssh2 holds, channels included. Idempotent.
  void end() noexcept;

  /// Null if it has ended, or could not be made.
  [[nodiscard]] LIBSSH2_SESSION* get() const noexcept { return handle_; }
  /// What libssh2 says about its last error; "" if nothing.
  [[nodiscard]] const char* last_error() const noexcept;

  // A call, in the steps of SshCall.

  void begin_call() noexcept;
  /// Takes the bytes or the failure out of the reply of an operation that carried bytes.
  void adopt(Runtime& runtime, const core::Reply& reply) noexcept;
  /// Is it libssh2's turn?
  [[nodiscard]] bool wants_call() const noexcept { return !outcome_ && (!sending_ || failure_); }
  /// What libssh2 has answered.
  void answered(long outcome) noexcept;
  /// Begins the operation that the call needs to go on; false if it needs none.
  bool carry(Runtime& runtime, ScriptThread& thread) noexcept;
  /// What ended the call before its outcome, or kept that from the server.
  [[nodiscard]] const std::optional<core::Reply>& failure() const noexcept { return failure_; }
  [[nodiscard]] long outcome() const noexcept { return *outcome_; }
  /// Begins to send what libssh2 has written; false if it has not.
  bool flush(Runtime& runtime, ScriptThread& thread) noexcept;

  // What calls keep while they wait.
  std::string data;                    ///< their result
  LIBSSH2_CHANNEL* opening = nullptr;  ///< a channel that is not a script's yet
  lua_State* answering = nullptr;      ///< where the questions of the server are asked
  bool established = false;            ///< the handshake is done
  bool asked_to_sign = false;

 private:
  static LIBSSH2_SEND_FUNC(write);
  static LIBSSH2_RECV_FUNC(read);

  LIBSSH2_SESSION* handle_;
  std::string in_, out_;  ///< what came, of which libssh2 has `taken_` bytes; what is to be sent
  std::size_t taken_ = 0, received_ = 0;
  std::optional<core::Reply> failure_;
  std::optional<long> outcome_;
  bool sending_ = false;  ///< the operation in flight
};

using SshClass = lua::Userdata<SshSession>;

/// The session at index 1, open; raises otherwise.
SshSession& check_session(lua_State* state);
/// Raises what ended a call: the words that sockets have for it.
int raise_failure(lua_State* state, SshSession& session);

/// A function of libssh2 that waits for the server, as an operation of blocking.hpp. Call has the steps of lua::call,
/// of which parse and act are repeated until libssh2 has its answer, from arguments that stay on the stack:
///
///   parse(L)                                sees Lua, may raise; returns a trivially destructible struct
///   act(session, args)                      noexcept; calls libssh2 and returns what that answers
///   push(L, session, outcome)               results
///
/// A failure of the network is told to libssh2, whose state then begins anew, and raised.
template <class Call>
struct SshCall {
  using Args = SshSession*;
  static Args parse(lua_State* state) {
    SshSession& session = check_session(state);
    Call::parse(state);
    claim(state, session);
    return &session;
  }
  static void start(Runtime&, ScriptThread& thread, lua_State*, Args session) noexcept {
    session->begin_call();
    thread.start<pending::Immediate>("an SSH server").done({});
  }
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
    if (Socket* socket = thread.operation_socket()) static_cast<SshSession*>(socket)->adopt(runtime, thread.reply());
    return true;
  }
  static int push(lua_State* state, Runtime& runtime, ScriptThread& thread) {
    SshSession& session = check_session(state);
    const auto args = Call::parse(state);
    static_assert(std::is_trivially_destructible_v<decltype(args)>);
    static_assert(noexcept(Call::act(session, args)));
    if (session.wants_call()) session.answered(Call::act(session, args));
    if (session.carry(runtime, thread)) return kAgain;
    if (session.failure()) return raise_failure(state, session);
    return Call::push(state, session, session.outcome());
  }
};

}  // namespace sluice::nse
