// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <sluice/address.hpp>
#include <string>
#include <vector>

#include "base/slab.hpp"

namespace sluice::core {

/// Identifies a script thread. Stale after the thread has ended.
using ThreadId = Handle;

/// Identifies one operation of one script thread. The completion of an operation carries its ticket. The ticket is
/// stale after the thread has ended or has started a later operation; a completion with a stale ticket is dropped.
struct Ticket {
  ThreadId thread;
  std::uint32_t operation = 0;
  friend auto operator<=>(const Ticket&, const Ticket&) = default;
};

/// Outcome of an operation.
enum class Status : std::uint8_t {
  Ok,
  Timeout,    ///< the deadline expired before any data arrived
  Eof,        ///< the peer closed the connection before any data arrived
  Error,      ///< the operation failed; `error` is the errno, or 0 if unknown
  Cancelled,  ///< the socket was closed during the operation
  Refused,    ///< the operation failed before it started; `data` is the message
  Lacking,    ///< a probe was not sent because of a resource shortage; `error` is the errno
};

/// How a host or a router rejected a datagram, by ICMP destination unreachable. More exact than an errno.
enum class Refusal : std::uint8_t {
  None,
  Net,
  Host,
  Protocol,
  Port,
  NetProhibited,
  HostProhibited,
  AdminProhibited,
  NoRoute,
  RejectRoute,
};

/// Properties of a captured packet.
struct Packet {
  std::size_t length = 0;             ///< bytes on the wire; the capture may have fewer
  std::size_t link_header = 0;        ///< bytes of the link-layer header in the data
  std::chrono::microseconds time{0};  ///< since 1970-01-01 00:00 UTC
};

/// How a process ended.
struct Exit {
  int code = 0;  ///< exit code, or the number of the signal if `by_signal`
  bool by_signal = false;
  friend bool operator==(const Exit&, const Exit&) = default;
};

/// Result of an operation. Plain data, owned by the thread that waits for it.
struct Reply {
  Status status = Status::Ok;
  int error = 0;                     ///< errno of Status::Error and Status::Lacking, or 0 if unknown
  Refusal refusal = Refusal::None;   ///< with Status::Error, if known
  std::string data{};                ///< received bytes, a name, or the message of Status::Refused
  std::vector<Address> addresses{};  ///< result of a look-up
  Packet packet{};                   ///< with a captured packet
  Exit exit{};                       ///< with a process that ended
  int ttl = 0;                       ///< hop limit of the answer to a ping, or 0 if unknown
};

/// Receives the completions of operations. All replies to waiting script threads pass through this interface.
class Completions {
 public:
  virtual ~Completions() = default;
  /// Completes the operation of `ticket`. The implementation stores the reply and returns. It does not call back into
  /// the caller and does not run Lua.
  virtual void complete(Ticket ticket, Reply reply) = 0;
};

/// The receiver and the ticket of one operation. Copies are equivalent. The receiver must outlive the operation.
struct Completion {
  Completions* to = nullptr;
  Ticket ticket;
  void operator()(Reply reply) const { to->complete(ticket, std::move(reply)); }
};

}  // namespace sluice::core
