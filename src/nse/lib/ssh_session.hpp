// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libssh2.h>

#include <optional>
#include <string>
#include <type_traits>

#include "lua/userdata.hpp"
#include "nse/lib/socket_lib.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

/// A session of the module `libssh2`: a socket with the state machine of libssh2 on top. libssh2 reads from and writes
/// to the buffers of this class; it has no descriptor. SshCall transfers the bytes by operations of the network, so
/// that slots, timeouts and the trace are those of any socket. Owned by Lua, as a userdata. Not thread-safe.
class SshSession : public Socket {
 public:
  static constexpr const char* kTypeName = "ssh2";

  explicit SshSession(Runtime& runtime) noexcept;
  ~SshSession() { end(); }
  /// Closes the socket and frees the session of libssh2, channels included. Idempotent.
  void end() noexcept;

  /// The session of libssh2; null if it has ended or could not be created.
  [[nodiscard]] LIBSSH2_SESSION* get() const noexcept { return handle_; }
  /// The text of libssh2 about its last error; "" if there is none.
  [[nodiscard]] const char* last_error() const noexcept;

  // A call of a function of libssh2 by SshCall. libssh2 needs several calls for one outcome, with transfers between
  // them.

  void begin_call() noexcept;
  /// Handles the reply of a transfer: stores the received bytes, or the failure.
  void adopt(Runtime& runtime, const core::Reply& reply) noexcept;
  /// True if libssh2 has to be called next.
  [[nodiscard]] bool wants_call() const noexcept { return !outcome_ && (!sending_ || failure_); }
  /// Stores the return value of libssh2, unless it needs a transfer first.
  void answered(long outcome) noexcept;
  /// Starts the transfer that the call needs to continue. Returns false if it needs none.
  bool carry(Runtime& runtime, ScriptThread& thread) noexcept;
  /// The failed transfer that has ended the call, or that has kept its last bytes from the server; nothing if all
  /// transfers have succeeded.
  [[nodiscard]] const std::optional<core::Reply>& failure() const noexcept { return failure_; }
  [[nodiscard]] long outcome() const noexcept { return *outcome_; }

  /// Starts to send the bytes that libssh2 has written. Returns false if there are none.
  bool flush(Runtime& runtime, ScriptThread& thread) noexcept;

  // Data that a call keeps between its steps.

  std::string data;                    ///< the result of the call
  LIBSSH2_CHANNEL* opening = nullptr;  ///< a channel that has no userdata yet
  lua_State* answering = nullptr;      ///< the coroutine in which the callback of the script runs
  bool established = false;            ///< the handshake has succeeded
  bool asked_to_sign = false;          ///< the server accepts the public key and requests a signature

 private:
  static LIBSSH2_SEND_FUNC(write);
  static LIBSSH2_RECV_FUNC(read);

  LIBSSH2_SESSION* handle_;
  std::string in_, out_;                  ///< received bytes; bytes to be sent
  std::size_t taken_ = 0, received_ = 0;  ///< bytes of in_ that libssh2 has read; bytes received by the current call
  std::optional<core::Reply> failure_;
  std::optional<long> outcome_;
  bool sending_ = false;  ///< the pending transfer is a send
};

using SshClass = lua::Userdata<SshSession>;

/// Returns the session at index 1. Raises if it has ended.
SshSession& check_session(lua_State* state);
/// Raises the failure of a call, with the word that sockets return for it.
int raise_failure(lua_State* state, SshSession& session);

/// Steps of a blocking function (blocking.hpp) that calls libssh2 and waits for the server. `Call` has three steps.
/// parse and act are repeated, with the arguments on the stack, until libssh2 returns an outcome:
///
///   parse(L)                                checks the arguments; may raise; returns a trivially destructible struct
///   act(session, args)                      noexcept; calls libssh2 and returns its result
///   push(L, session, outcome)               pushes the results and returns their number
///
/// If a transfer fails, libssh2 is called once more, with the failure, so that it resets the state of the call. Then
/// the failure is raised.
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
