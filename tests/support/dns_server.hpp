// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/loopback.hpp"

namespace sluice::net {

/// A DNS server on loopback that runs in the event loop of the test. It answers with the records that were added, and
/// with "no such name" otherwise.
class DnsServer final : private ReadyHandler {
 public:
  explicit DnsServer(EpollEventLoop& loop) : descriptor_(loop) {
    descriptor_.adopt(peer_.socket);
    listen();
  }
  ~DnsServer() override { descriptor_.release(); }

  [[nodiscard]] const Endpoint& at() const { return peer_.at; }
  /// Adds an address of a name. Several calls add several records.
  void address(const std::string& name, const Address& address) {
    records_[{name, address.is_v4() ? kA : kAaaa}].push_back(address.bytes());
  }
  /// Adds a PTR record. `reverse_name`: such as "1.0.0.127.in-addr.arpa".
  void pointer(const std::string& reverse_name, const std::string& name) {
    records_[{reverse_name, kPtr}].push_back(wire_name(name));
  }
  bool silent = false;               ///< receives queries, but does not reply
  std::vector<std::string> asked{};  ///< names of the queries, in order

 private:
  static constexpr int kA = 1, kPtr = 12, kAaaa = 28;

  static std::string wire_name(const std::string& name) {
    std::string wire;
    for (std::size_t at = 0; at <= name.size();) {
      const std::size_t dot = std::min(name.find('.', at), name.size());
      wire += static_cast<char>(dot - at);
      wire.append(name, at, dot - at);
      at = dot + 1;
    }
    return wire + '\0';
  }
  static std::string number(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }

  void listen() {
    if (descriptor_.wait(Readiness::Read, *this) != 0) std::abort();
  }
  void on_ready(std::uint64_t, Readiness) override {
    char query[512];
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    auto* const address = reinterpret_cast<sockaddr*>(&from);
    ssize_t got;
    while ((got = ::recvfrom(peer_.socket, query, sizeof query, MSG_DONTWAIT, address, &size)) > 12) {
      const std::string reply = answer({query, static_cast<std::size_t>(got)});
      if (!silent) ::sendto(peer_.socket, reply.data(), reply.size(), 0, address, size);
    }
    listen();
  }

  std::string answer(const std::string& query) {
    std::string name;
    std::size_t at = 12;
    for (std::size_t length; (length = static_cast<unsigned char>(query.at(at++))) != 0; at += length)
      name += (name.empty() ? "" : ".") + query.substr(at, length);
    const int type = static_cast<unsigned char>(query.at(at)) << 8 | static_cast<unsigned char>(query.at(at + 1));
    asked.push_back(name);
    const auto found = records_.find({name, type});
    bool known = false;
    for (const auto& [key, data] : records_) known = known || key.first == name;
    const std::size_t count = found == records_.end() ? 0 : found->second.size();
    std::string reply = query.substr(0, 2) + number(known ? 0x8180 : 0x8183) + number(1) +
                        number(static_cast<unsigned>(count)) + number(0) + number(0) + query.substr(12, at + 4 - 12);
    for (std::size_t each = 0; each < count; ++each) {
      const std::string& data = found->second[each];
      reply += number(0xc00c) + number(static_cast<unsigned>(type)) + number(1) + number(0) + number(60) +
               number(static_cast<unsigned>(data.size())) + data;
    }
    return reply;
  }

  Peer peer_{SOCK_DGRAM};
  WatchedDescriptor descriptor_;
  std::map<std::pair<std::string, int>, std::vector<std::string>> records_;
};

}  // namespace sluice::net
