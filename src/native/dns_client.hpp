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

/// Asks DNS servers on the event loop, the hosts file first (c-ares). Nothing blocks. Answers may come before the call
/// returns; none comes once this is gone.
class DnsClient final : private core::Expirable, private ReadyHandler {
 public:
  using Answer = std::function<void(core::Reply)>;

  /// Asks `servers` (port 0 is 53), or those of the system if there are none. All must outlive it.
  DnsClient(EpollEventLoop& loop, core::Deadlines& deadlines, const Clock& clock, const std::vector<Endpoint>& servers);
  ~DnsClient() override;
  DnsClient(const DnsClient&) = delete;
  DnsClient& operator=(const DnsClient&) = delete;

  /// Ok with addresses, or Refused with the text that getaddrinfo would give.
  void forward(const std::string& name, std::optional<Family> family, Answer answer);
  /// Ok with the name in data; Error, with error 0 if the servers say that it has none.
  void reverse(const Address& address, Answer answer);

 private:
  struct Query;
  /// One of the sockets of c-ares, which opens and closes them itself.
  struct Socket {
    explicit Socket(EpollEventLoop& loop) : descriptor(loop) {}
    ~Socket() { descriptor.release(); }
    WatchedDescriptor descriptor;
    Readiness wanted = Readiness::None;
  };

  void expired(std::uint64_t cookie) override;
  void on_ready(std::uint64_t cookie, Readiness what) override;
  /// Sets what a socket is watched for. c-ares closes one that is watched for nothing.
  void watch(int socket, Readiness wanted);
  void process(int readable, int writable);
  /// Sets the timer to when c-ares has to be called next.
  void schedule();

  EpollEventLoop& loop_;
  core::Deadlines& deadlines_;
  const Clock& clock_;
  ares_channeldata* channel_ = nullptr;  ///< null if c-ares could not start
  ares_channeldata* hosts_ = nullptr;    ///< reads the hosts file alone, at once; null if `channel_` is
  std::unordered_map<int, Socket> sockets_;
  core::Deadlines::Id timer_;
};

}  // namespace sluice::net
