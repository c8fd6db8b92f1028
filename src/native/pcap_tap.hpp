#pragma once

#include <memory>
#include <sluice/result.hpp>
#include <string_view>

#include "core/ticket.hpp"
#include "native/posix_socket.hpp"
#include "net/raw_sockets.hpp"

struct pcap;

namespace sluice::net {

/// A capture by libpcap that never blocks. The packets that pass from its opening on wait in the kernel until they are
/// read.
class PcapTap {
 public:
  /// The error is libpcap's.
  static Result<std::unique_ptr<PcapTap>> open(const CaptureRequest& request);
  /// Readable when there are packets; the capture's own, to be watched and not to be closed.
  [[nodiscard]] int descriptor() const;
  /// Takes one packet into the reply's data and packet. Steps: Done, WouldRead, Failed.
  Step read(core::Reply& into);

 private:
  struct Closer {
    void operator()(pcap* capture) const noexcept;
  };
  explicit PcapTap(std::unique_ptr<pcap, Closer> capture);

  std::unique_ptr<pcap, Closer> capture_;
  int link_type_;
};

/// How long the link header of a packet is (the type is one of libpcap's DLT_); 0 for types that have none.
std::size_t link_header_size(int link_type, std::string_view packet);

}  // namespace sluice::net
