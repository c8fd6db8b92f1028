// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/address.hpp>
#include <sluice/result.hpp>
#include <string>

#include "net/sockets.hpp"

namespace sluice::net {

/// Which packets to capture.
struct CaptureRequest {
  std::string device;
  int snaplen = 65535;  ///< bytes of each packet that are kept
  bool promiscuous = false;
  std::string filter{};  ///< expression of pcap-filter(7), applied by the kernel; "" for all packets
};

/// Opens sockets below the transports. Use Sockets and ScriptSockets to send, receive and close. A part of the Network
/// of a shard. Not thread-safe.
///
/// Errors of all functions: the process lacks the privilege, or the request is not valid.
class RawSockets {
 public:
  virtual ~RawSockets() = default;

  /// Opens a socket for ScriptSockets::send_to. Its packets begin with their IP headers.
  virtual Result<SocketId> open_raw_ip(Family family) = 0;
  /// Opens a socket for Sockets::send. Its data are frames on this interface.
  virtual Result<SocketId> open_ethernet(const std::string& device) = 0;
  /// Opens a socket for Sockets::receive.
  virtual Result<SocketId> open_capture(const CaptureRequest& request) = 0;
};

}  // namespace sluice::net
