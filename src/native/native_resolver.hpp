// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/ticket.hpp"
#include "native/dns_client.hpp"
#include "native/helper_threads.hpp"
#include "net/resolver.hpp"

namespace sluice::net {

/// The Resolver of this machine. The system resolves names by getaddrinfo(3) on helper threads, so that
/// nsswitch.conf(5) applies. With `servers`, and for reverse look-ups, a DnsClient asks DNS servers. Reverse answers
/// are cached, and equal reverse look-ups at the same time share one query. Owned by the NativeNetwork. Not
/// thread-safe.
class NativeResolver final : public Resolver {
 public:
  /// `servers`: as NetworkOptions::dns_servers. `loop`, `deadlines` and `clock` must outlive it.
  NativeResolver(EpollEventLoop& loop, core::Deadlines& deadlines, const Clock& clock, std::vector<Endpoint> servers);
  /// Look-ups in flight never complete. Does not wait for the helper threads.
  ~NativeResolver() override = default;
  NativeResolver(const NativeResolver&) = delete;
  NativeResolver& operator=(const NativeResolver&) = delete;

  void resolve(std::string name, std::optional<Family> family, core::Completion done) override;
  void resolve_by_system(std::string name, std::optional<Family> family, core::Completion done) override;
  void reverse(const Address& address, core::Completion done) override;

 private:
  struct Lookup {
    std::vector<core::Completion> waiting;
    std::optional<core::Reply> answer;
  };
  DnsClient& dns();
  /// Starts queued reverse look-ups up to the limit.
  void start_queued();
  void handle_answer(const Address& address, const core::Reply& reply);

  EpollEventLoop& loop_;
  core::Deadlines& deadlines_;
  const Clock& clock_;
  std::vector<Endpoint> servers_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::unordered_map<Address, Lookup> lookups_;  ///< reverse look-ups, answered or not
  std::deque<Address> queue_;                    ///< reverse look-ups that are not started
  std::size_t cached_ = 0, in_flight_ = 0;
  bool starting_ = false;                   ///< start_queued() runs: prevents its recursion
  std::unique_ptr<DnsClient> dns_;          ///< created when first needed
  std::unique_ptr<HelperThreads> helpers_;  ///< likewise
};

}  // namespace sluice::net
