#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
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

struct ares_channeldata;

namespace sluice::net {

/// Asks DNS servers on the event loop, the hosts file first (c-ares). Nothing blocks. Answers may come before the call
/// returns; none comes once this is gone.
class DnsClient final : private core::Expirable {
 public:
  using Answer = std::function<void(core::Reply)>;

  /// Asks `servers` (port 0 is 53), or those of the system if there are none. All must outlive it.
  DnsClient(asio::io_context& loop, core::Deadlines& deadlines, const Clock& clock,
            const std::vector<Endpoint>& servers);
  ~DnsClient() override;
  DnsClient(const DnsClient&) = delete;
  DnsClient& operator=(const DnsClient&) = delete;

  /// Ok with addresses, or Refused with the text that getaddrinfo would give.
  void forward(const std::string& name, std::optional<Family> family, Answer answer);
  /// Ok with the name in data; Error, with error 0 if the servers say that it has none.
  void reverse(const Address& address, Answer answer);

 private:
  struct Query;
  /// One of c-ares' sockets, which it opens and closes itself.
  struct Watch {
    explicit Watch(asio::io_context& io) : descriptor(io) {}
    asio::posix::stream_descriptor descriptor;
    bool reads = false, writes = false;     ///< c-ares wants to know
    bool reading = false, writing = false;  ///< and the loop will tell
  };

  void expired(std::uint64_t cookie) override;
  /// What c-ares wants to know of a socket has changed.
  void watch(int socket, bool reads, bool writes);
  void arm(const std::shared_ptr<Watch>& watch);
  void process(int readable, int writable);
  /// Sets the timer to when c-ares has to be called next.
  void schedule();

  asio::io_context& loop_;
  core::Deadlines& deadlines_;
  const Clock& clock_;
  ares_channeldata* channel_ = nullptr;  ///< null if c-ares could not start
  ares_channeldata* hosts_ = nullptr;    ///< reads the hosts file alone, at once; null if `channel_` is
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;
  core::Deadlines::Id timer_;
};

}  // namespace sluice::net
