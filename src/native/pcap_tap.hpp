// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <sluice/result.hpp>
#include <string_view>

#include "core/ticket.hpp"
#include "native/posix_socket.hpp"
#include "net/raw_sockets.hpp"

struct pcap;

namespace sluice::net {

/// A capture of libpcap. It never blocks. The kernel queues the packets that pass after it was opened. Owned by a
/// socket of the NativeNetwork. Not thread-safe.
class PcapTap {
 public:
  /// Opens a capture. Errors: the message is that of libpcap.
  static Result<std::unique_ptr<PcapTap>> open(const CaptureRequest& request);
  /// Returns a descriptor that is readable if packets are queued. The capture owns it.
  [[nodiscard]] int descriptor() const;
  /// Reads one packet into Reply::data and Reply::packet. Returns Done, WouldRead or Failed.
  Step read(core::Reply& into);

 private:
  struct Closer {
    void operator()(pcap* capture) const noexcept;
  };
  explicit PcapTap(std::unique_ptr<pcap, Closer> capture);

  std::unique_ptr<pcap, Closer> capture_;
  int link_type_;
};

/// Returns the size of the link header of a packet, in bytes; 0 for link types without one. `link_type`: one of the
/// DLT_ values of libpcap.
std::size_t link_header_size(int link_type, std::string_view packet);

}  // namespace sluice::net
