// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/platform.hpp"
#include "net/network.hpp"

namespace sluice::engine {

/// A network that sends nothing. It reports each request that would send or capture packets, or run a command, and
/// never completes it: the owner ends the script thread. A request that cannot wait fails. Numeric addresses are
/// resolved; interfaces and routes are those of the platform. Owned by the Explainer. Not thread-safe.
class RefusingNetwork final : public net::Network {
 public:
  /// `refused`: receives a text about each request, such as "connect to 192.0.2.1:443/tcp". `platform`: must outlive
  /// this object. `device`: interface of -e; "" for any.
  RefusingNetwork(PlatformPort& platform, std::string device, std::function<void(std::string request)> refused)
      : platform_(platform), device_(std::move(device)), refused_(std::move(refused)) {}

  // Sockets
  net::SocketId connect(const net::ConnectRequest& request, core::Completion done) override;
  void send(net::SocketId socket, std::string data, TimePoint deadline, core::Completion done) override;
  void receive(net::SocketId socket, net::ReceiveCondition want, TimePoint deadline, core::Completion done) override;
  [[nodiscard]] std::optional<net::SocketInfo> info(net::SocketId socket) const override;
  void cancel(net::SocketId socket) noexcept override;
  void close(net::SocketId socket) noexcept override;

  // ScriptSockets
  Result<net::SocketId> open_udp(Family family, const std::optional<Endpoint>& local) override;
  void send_to(net::SocketId socket, const Endpoint& remote, std::string data, core::Completion done) override;
  void upgrade_tls(net::SocketId socket, std::string server_name, TimePoint deadline, core::Completion done) override;
  [[nodiscard]] bool is_tls(net::SocketId socket) const override;
  [[nodiscard]] net::CertificateChain peer_certificates(net::SocketId socket) const override;

  // RawSockets
  Result<net::SocketId> open_raw_ip(Family family) override;
  Result<net::SocketId> open_ethernet(const std::string& device) override;
  Result<net::SocketId> open_capture(const net::CaptureRequest& request) override;

  // Resolver
  void resolve(std::string name, std::optional<Family> family, core::Completion done) override;
  void resolve_by_system(std::string name, std::optional<Family> family, core::Completion done) override;
  void reverse(const Address& address, core::Completion done) override;

  // Prober
  ProbeResult probe(const Endpoint& remote, const std::optional<Endpoint>& local, TimePoint deadline,
                    core::Completion done) override;
  void cancel_probe(net::ProbeId probe) noexcept override;

  // Processes
  net::SocketId run(const net::CommandRequest& request, core::Completion done) override;
  void wait_exit(net::SocketId command, core::Completion done) override;
  void kill(net::SocketId command) noexcept override;
  net::SocketId adopt_file(int descriptor) override;

  // Routing
  [[nodiscard]] std::vector<net::Interface> interfaces() const override;
  [[nodiscard]] std::optional<net::Route> route(const Address& to) const override;

 private:
  /// Returns the id of a socket that exists for its user only.
  net::SocketId make_id() noexcept { return {0, ++last_}; }

  PlatformPort& platform_;
  const std::string device_;
  const std::function<void(std::string request)> refused_;
  std::uint32_t last_ = 0;
};

}  // namespace sluice::engine
