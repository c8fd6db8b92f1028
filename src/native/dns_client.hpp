// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "core/deadlines.hpp"
#include "core/ticket.hpp"
#include "native/watched_descriptor.hpp"

struct ares_channeldata;

namespace sluice::net {

/// Looks up names in the hosts file and then by DNS, with c-ares on the event loop. Nothing blocks. Each look-up calls
/// its callback exactly once, possibly before the call returns, but never after this object is destroyed. Owned by the
/// NativeResolver. Not thread-safe.
class DnsClient final : private core::Expirable, private ReadyHandler {
 public:
  using Answer = std::function<void(core::Reply)>;

  /// Uses `servers` (port 0 means 53), or those of the system if it is empty. `loop`, `deadlines` and `clock` must
  /// outlive it.
  DnsClient(EpollEventLoop& loop, core::Deadlines& deadlines, const Clock& clock, const std::vector<Endpoint>& servers);
  ~DnsClient() override;
  DnsClient(const DnsClient&) = delete;
  DnsClient& operator=(const DnsClient&) = delete;

  /// Looks up the addresses of a name. Answer: Ok with the addresses; Refused with the text of gai_strerror(3).
  void forward(const std::string& name, std::optional<Family> family, Answer answer);
  /// Looks up the name of an address. Answer: Ok with the name in Reply::data; Error, with `error` 0 if a server has
  /// answered that there is none, else EAGAIN.
  void reverse(const Address& address, Answer answer);

 private:
  struct Query;
  /// A socket of c-ares. c-ares opens and closes the descriptor.
  struct Socket {
    explicit Socket(EpollEventLoop& loop) : descriptor(loop) {}
    ~Socket() { descriptor.release(); }
    WatchedDescriptor descriptor;
    Readiness wanted = Readiness::None;
  };

  void expired(std::uint64_t cookie) override;
  void on_ready(std::uint64_t cookie, Readiness what) override;
  /// Sets what a socket is watched for. c-ares closes the socket after it has asked for Readiness::None.
  void watch(int socket, Readiness wanted);
  void process(int readable, int writable);
  /// Arms the timer for the next call that c-ares needs.
  void schedule();

  EpollEventLoop& loop_;
  core::Deadlines& deadlines_;
  const Clock& clock_;
  ares_channeldata* channel_ = nullptr;  ///< null if c-ares could not be initialized
  ares_channeldata* hosts_ = nullptr;    ///< reads only the hosts file, synchronously; null if `channel_` is null
  std::unordered_map<int, Socket> sockets_;
  core::Deadlines::Id timer_;
};

}  // namespace sluice::net
