#pragma once

#include <chrono>
#include <sluice/address.hpp>
#include <string>
#include <vector>

#include "base/slab.hpp"

namespace sluice::core {

/// Names a script thread; stale once the thread has ended.
using ThreadId = Handle;

/// Identifies one operation of one thread. The completion of the operation carries its ticket. A ticket whose
/// thread has ended, or has given the operation up, is worth nothing, and handing it in is harmless.
struct Ticket {
  ThreadId thread;
  std::uint32_t operation = 0;
  friend auto operator<=>(const Ticket&, const Ticket&) = default;
};

/// How an operation came out.
enum class Status : std::uint8_t {
  Ok,
  Timeout,    ///< the deadline passed and nothing had come
  Eof,        ///< the peer closed and nothing had come
  Error,      ///< the network said no; `error` is the errno where there is one
  Cancelled,  ///< the socket was closed meanwhile
  Refused,    ///< known to fail at once; `data` is the text
  Lacking,    ///< of probes: too few resources, so that nothing was sent; `error` is the errno
};

/// How a host or a router on the way refused a datagram (ICMP, destination unreachable), where an errno tells less.
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

/// About a captured packet.
struct Packet {
  std::size_t length = 0;             ///< on the wire, in bytes; of the data there may be less
  std::size_t link_header = 0;        ///< bytes of the data that are it
  std::chrono::microseconds time{0};  ///< since 1970
};

/// How a process has ended.
struct Exit {
  int code = 0;  ///< or the number of the signal
  bool by_signal = false;
  friend bool operator==(const Exit&, const Exit&) = default;
};

/// What an operation brought: plain data, owned by the thread that waits for it.
struct Reply {
  Status status = Status::Ok;
  int error = 0;                     ///< errno of Status::Error and Status::Lacking, 0 if unknown
  Refusal refusal = Refusal::None;   ///< of Status::Error, if known
  std::string data{};                ///< bytes received, a name, or the text of Status::Refused
  std::vector<Address> addresses{};  ///< of a look-up
  Packet packet{};                   ///< of a capture
  Exit exit{};                       ///< of a command
  int ttl = 0;                       ///< of the answer to a ping; 0 if unknown
};

/// Takes completions in. The only door through which the outside reaches a waiting thread.
class Completions {
 public:
  virtual ~Completions() = default;
  /// Never calls back into whoever completes, and never runs Lua: it files the reply and returns.
  virtual void complete(Ticket ticket, Reply reply) = 0;
};

/// Where the reply to one operation goes. Cheap to copy; the receiver must outlive the operation.
struct Completion {
  Completions* to = nullptr;
  Ticket ticket;
  void operator()(Reply reply) const { to->complete(ticket, std::move(reply)); }
};

}  // namespace sluice::core
