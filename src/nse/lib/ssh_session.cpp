// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/ssh_session.hpp"

#include <cassert>
#include <cerrno>
#include <cstring>

#include "nse/lib/libssh2_versions.hpp"

namespace sluice::nse {

SshSession::SshSession(Runtime& runtime) noexcept
    : Socket(runtime, net::Transport::Tcp, runtime.options.family),
      handle_(libssh2_session_init_ex(nullptr, nullptr, nullptr, this)) {
  if (!handle_) return;
  set_callback(handle_, LIBSSH2_CALLBACK_SEND, write);
  set_callback(handle_, LIBSSH2_CALLBACK_RECV, read);
  libssh2_session_set_blocking(handle_, 0);
}

void SshSession::end() noexcept {
  close();
  established = false;
  if (!handle_) return;
  failure_ = core::Reply{.status = core::Status::Cancelled};  // makes the callbacks of libssh2 fail
  int outcome = LIBSSH2_ERROR_EAGAIN;
  for (int tries = 0; outcome == LIBSSH2_ERROR_EAGAIN && tries < 100; ++tries) outcome = libssh2_session_free(handle_);
  assert(outcome != LIBSSH2_ERROR_EAGAIN);
  handle_ = nullptr;
}

const char* SshSession::last_error() const noexcept {
  char* text = nullptr;
  libssh2_session_last_error(handle_, &text, nullptr, 0);
  return text ? text : "";
}

ssize_t SshSession::write(libssh2_socket_t, const void* buffer, size_t length, int, void** abstract) {
  SshSession& self = *static_cast<SshSession*>(*abstract);
  if (self.failure_) return -ECONNRESET;
  self.out_.append(static_cast<const char*>(buffer), length);
  return static_cast<ssize_t>(length);
}

ssize_t SshSession::read(libssh2_socket_t, void* buffer, size_t length, int, void** abstract) {
  SshSession& self = *static_cast<SshSession*>(*abstract);
  const std::size_t count = std::min(length, self.in_.size() - self.taken_);
  if (count == 0) return self.failure_ ? -ECONNRESET : -EAGAIN;
  std::memcpy(buffer, self.in_.data() + self.taken_, count);
  self.taken_ += count;
  return static_cast<ssize_t>(count);
}

void SshSession::begin_call() noexcept {
  outcome_.reset();
  failure_.reset();
  sending_ = false;
  received_ = 0;
  data.clear();
  opening = nullptr;
  asked_to_sign = false;
}

void SshSession::adopt(Runtime& runtime, const core::Reply& reply) noexcept {
  if (reply.status != core::Status::Ok) {
    failure_ = reply;
  } else if (sending_) {
    runtime.trace.done(*this, "SEND");
  } else {
    runtime.trace.received(*this, reply.data);
    in_.erase(0, std::exchange(taken_, 0));
    in_ += reply.data;
    received_ += reply.data.size();
    if (received_ > runtime.options.receive_limit)  // the server keeps sending, and the call does not complete
      failure_ = core::Reply{.status = core::Status::Error};
  }
}

void SshSession::answered(long outcome) noexcept {
  if (outcome != LIBSSH2_ERROR_EAGAIN)
    outcome_ = outcome;
  else if (failure_)
    end();  // libssh2 requires further bytes although the transfer has failed
}

bool SshSession::flush(Runtime& runtime, ScriptThread& thread) noexcept {
  if (out_.empty()) return false;
  sending_ = true;
  runtime.trace.sends(*this, out_);
  runtime.parts.sockets.send(id, std::exchange(out_, {}), deadline(),
                             thread.start<pending::SocketOperation>(*this, "an SSH server").done);
  return true;
}

bool SshSession::carry(Runtime& runtime, ScriptThread& thread) noexcept {
  if (failure_) return false;
  if (flush(runtime, thread)) return true;
  if (outcome_) return false;
  sending_ = false;
  runtime.parts.sockets.receive(id, {net::ReceiveCondition::Kind::Some, 1, runtime.options.receive_limit}, deadline(),
                                thread.start<pending::SocketOperation>(*this, "an SSH server").done);
  return true;
}

SshSession& check_session(lua_State* state) {
  SshSession& session = SshClass::check(state, 1);
  if (!session.get() || !session.id) luaL_error(state, "SSH session is closed");
  return session;
}

int raise_failure(lua_State* state, SshSession& session) {
  push_failure(state, *session.failure());
  if (!session.established) session.end();
  return lua_error(state);
}

}  // namespace sluice::nse
