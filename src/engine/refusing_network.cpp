// SPDX-License-Identifier: Apache-2.0
#include "engine/refusing_network.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <sluice/quote.hpp>
#include <utility>

namespace sluice::engine {

using net::SocketId;
using net::Transport;

namespace {

std::string place_text(const Endpoint& remote, std::string_view protocol) {
  const std::string address = remote.address.text_with_scope();
  return fmt::format("{}:{}/{}", remote.address.is_v4() ? address : '[' + address + ']', remote.port, protocol);
}

std::string_view security_text(Transport transport) {
  return transport == Transport::Tls ? " with TLS" : transport == Transport::Dtls ? " with DTLS" : "";
}

}  // namespace

SocketId RefusingNetwork::connect(const net::ConnectRequest& request, core::Completion) {
  const std::string_view protocol = net::over_udp(request.transport) ? "udp" : "tcp";
  refused_(fmt::format("connect to {}{}", place_text(request.remote, protocol), security_text(request.transport)));
  return make_id();
}

void RefusingNetwork::send(SocketId, std::string, TimePoint, core::Completion) { refused_("send data"); }

void RefusingNetwork::receive(SocketId, net::ReceiveCondition, TimePoint, core::Completion) {
  refused_("receive data");
}

std::optional<net::SocketInfo> RefusingNetwork::info(SocketId) const { return std::nullopt; }

void RefusingNetwork::cancel(SocketId) noexcept {}

void RefusingNetwork::close(SocketId) noexcept {}

// The socket alone sends nothing.
Result<SocketId> RefusingNetwork::open_udp(Family, const std::optional<Endpoint>&) { return make_id(); }

void RefusingNetwork::send_to(SocketId, const Endpoint& remote, std::string, core::Completion) {
  refused_(remote.port == 0 ? "send a packet to " + remote.address.text_with_scope()
                            : "send to " + place_text(remote, "udp"));
}

void RefusingNetwork::upgrade_tls(SocketId, std::string, TimePoint, core::Completion) { refused_("start TLS"); }

bool RefusingNetwork::is_tls(SocketId) const { return false; }

net::CertificateChain RefusingNetwork::peer_certificates(SocketId) const { return {}; }

Result<SocketId> RefusingNetwork::open_raw_ip(Family) {
  refused_("send raw IP packets");
  return Error{"no packet may be sent"};
}

Result<SocketId> RefusingNetwork::open_ethernet(const std::string& device) {
  refused_("send frames on " + device);
  return Error{"no packet may be sent"};
}

Result<SocketId> RefusingNetwork::open_capture(const net::CaptureRequest& request) {
  refused_("capture packets on " + request.device);
  return Error{"no packet may be captured"};
}

void RefusingNetwork::resolve(std::string name, std::optional<Family>, core::Completion done) {
  if (auto address = Address::parse(name)) return done({.addresses = {*address}});
  refused_("look up " + shortened(name));
}

void RefusingNetwork::resolve_by_system(std::string name, std::optional<Family> family, core::Completion done) {
  resolve(std::move(name), family, done);
}

void RefusingNetwork::reverse(const Address& address, core::Completion) {
  refused_("look up the name of " + address.text());
}

net::Prober::ProbeResult RefusingNetwork::probe(const Endpoint& remote, const std::optional<Endpoint>&, TimePoint,
                                                core::Completion) {
  refused_("connect to " + place_text(remote, "tcp"));
  return {.answer = ENETUNREACH};
}

void RefusingNetwork::cancel_probe(net::ProbeId) noexcept {}

SocketId RefusingNetwork::run(const net::CommandRequest& request, core::Completion) {
  refused_("run the command " + in_quotes(request.line, 60));
  return make_id();
}

void RefusingNetwork::wait_exit(SocketId, core::Completion) {}

void RefusingNetwork::kill(SocketId) noexcept {}

SocketId RefusingNetwork::adopt_file(int descriptor) {
  ::close(descriptor);
  refused_("use a file that may block");
  return make_id();
}

std::vector<net::Interface> RefusingNetwork::interfaces() const { return platform_.interfaces(); }

std::optional<net::Route> RefusingNetwork::route(const Address& to) const { return platform_.route(to, device_); }

}  // namespace sluice::engine
