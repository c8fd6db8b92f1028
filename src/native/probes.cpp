// SPDX-License-Identifier: Apache-2.0
// The probes of NativeNetwork. An answer that comes at once is returned without a wait in the loop.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "native/native_network.hpp"

namespace sluice::net {

namespace {

/// True if a refused connect leaves a socket as it was before. An IPv6 socket keeps the scope, and the use of IPv4 for
/// a mapped address.
bool leaves_nothing(const Address& remote) {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return remote.is_v4() || (remote.scope() == 0 && !std::equal(kMapped.begin(), kMapped.end(), remote.raw().begin()));
}

}  // namespace

NativeNetwork::ProbeResult NativeNetwork::probe(const Endpoint& remote, const std::optional<Endpoint>& local,
                                                TimePoint deadline, core::Completion done) {
  const Family family = remote.address.family();
  const bool from_port = local && local->port != 0;
  const Start start{.local = local, .device = device_, .reset = from_port, .ttl = scan_ttl_};
  const Opened opened = open_for_probe(family, start);
  SocketAddress name(remote);
  const auto ask = [&] { return ask_connect(opened.descriptor, name); };
  int failure = opened.error ? opened.error : ask();
  if (failure == EINPROGRESS) failure = ask();  // a peer on this machine has answered by now
  if (failure != EINPROGRESS && probe_lacks_resources(failure, remote, start)) {
    if (!opened.error) ::close(opened.descriptor);
    notice_lack(failure);
    return {.lacking = failure};
  }
  if (opened.error && local) return {.lacking = failure};  // `local` cannot be bound
  if (failure == EINPROGRESS) {
    const SocketId id = sockets_.emplace(loop_);
    Socket& socket = sockets_.at(id);
    socket.info.remote = remote;
    socket.bind = local;
    socket.probe = true;
    start_operation(id, socket, Operation::Connect, deadline, done);
    socket.descriptor.adopt(opened.descriptor);
    wait_for(id, socket, Readiness::Write);
    return {.waiting = id};
  }
  if (failure == ECONNREFUSED && leaves_nothing(remote.address) && !from_port && queue_.empty()) {
    spare_ = {opened.descriptor, family, local};
  } else if (!opened.error) {
    if (failure == 0 && is_own_peer(opened.descriptor, local_end(opened.descriptor), remote)) failure = ECONNREFUSED;
    ::close(opened.descriptor);
    expedite_retry();
  }
  return {.answer = failure};
}

void NativeNetwork::cancel_probe(ProbeId probe) noexcept {
  Socket* socket = sockets_.find(probe);
  if (!socket) return;
  end(*socket);
  release(*socket);
  sockets_.erase(probe);
}

Opened NativeNetwork::open_for_probe(Family family, const Start& start) {
  if (spare_ && spare_->family == family && spare_->local == start.local)
    return {std::exchange(spare_, std::nullopt)->descriptor, 0};
  close_spare();
  return open(family, start);
}

void NativeNetwork::close_spare() noexcept {
  if (spare_) ::close(std::exchange(spare_, std::nullopt)->descriptor);
}

}  // namespace sluice::net
