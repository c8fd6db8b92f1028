// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/socket.hpp"

#include <system_error>
#include <utility>

#include "nse/runtime/runtime.hpp"

namespace sluice::nse {

Socket::Socket(Runtime& runtime, net::Transport over, Family af) noexcept
    : transport(over), family(af), runtime_(runtime), charge_(lua::home(runtime.main()), kOwnMemory) {}

bool Socket::close() noexcept {
  uncount();
  timeout = kDefaultTimeout;
  local.reset();
  unread = {};
  server_name.clear();
  coroutine = nullptr;
  if (!id) return false;
  runtime_.trace.done(*this, "CLOSE");
  capturing = false;
  runtime_.parts.sockets.close(std::exchange(id, {}));
  if (transport == net::Transport::Dtls) transport = net::Transport::Udp;  // ensure_open() opens UDP only
  return true;
}

void Socket::count(ScriptThread& thread) noexcept {
  if (counted) return;
  counted = &thread;
  ListNode<OfThreadTag>::unlink();
  thread.add(*this);
  runtime_.parts.slots.opened(thread.lease());
}

void Socket::uncount() noexcept {
  ListNode<OfThreadTag>::unlink();
  if (ScriptThread* thread = std::exchange(counted, nullptr)) runtime_.parts.slots.closed(thread->lease());
}

void Socket::hold(net::SocketId opened, ScriptThread& thread) noexcept {
  id = opened;
  ListNode<OfThreadTag>::unlink();
  thread.add(*this);
}

void Socket::warn_if_unbound(const ScriptThread& thread) const noexcept {
  if (!local) return;
  const auto info = runtime_.parts.sockets.info(id);
  if (!info || !info->unbound) return;
  const std::string address = local->address.is_v4() ? local->address.text() : '[' + local->address.text() + ']';
  runtime_.log(event::warning("NSE: " + thread.describe() + ": cannot bind to " + address + ':' +
                              std::to_string(local->port) + " (" + std::generic_category().message(info->unbound) +
                              "); the socket uses another address or port"));
}

bool Socket::ensure_open() noexcept {
  ScriptThread* thread = runtime_.current();
  if (id || transport != net::Transport::Udp || !thread) return static_cast<bool>(id);
  if (auto opened = runtime_.parts.sockets.open_udp(family, local)) {
    hold(*opened, *thread);
    warn_if_unbound(*thread);
  }
  return static_cast<bool>(id);
}

TimePoint Socket::deadline() const noexcept {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const TimePoint now = runtime_.parts.clock.now();
  const bool within_the_clock = timeout >= 0 && Milliseconds(timeout) < kNever - now;  // false if the timeout is NaN
  if (!within_the_clock) return kNever;
  return now + std::chrono::milliseconds(static_cast<std::int64_t>(timeout));
}

}  // namespace sluice::nse
