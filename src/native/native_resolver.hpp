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

/// Names to addresses and back, without blocking. Forward, the system's resolver is asked on helper threads, for the
/// sake of nsswitch and its texts; but in reverse, and wherever servers are given, DNS itself is. Reverse answers are
/// kept, and what is asked twice at once is asked once.
class NativeResolver final : public Resolver {
 public:
  /// All must outlive it.
  NativeResolver(EpollEventLoop& loop, core::Deadlines& deadlines, const Clock& clock, std::vector<Endpoint> servers);
  /// Nothing completes any more; waits for nothing.
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
  /// Asks for as many of those in line as may be under way.
  void ask();
  void answered(const Address& address, const core::Reply& reply);

  EpollEventLoop& loop_;
  core::Deadlines& deadlines_;
  const Clock& clock_;
  std::vector<Endpoint> servers_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::unordered_map<Address, Lookup> lookups_;  ///< reverse ones, answered and not
  std::deque<Address> line_;                     ///< not asked yet
  std::size_t kept_ = 0, under_way_ = 0;
  bool asking_ = false;                     ///< answers that come at once must not pile up on the stack
  std::unique_ptr<DnsClient> dns_;          ///< made when first needed
  std::unique_ptr<HelperThreads> helpers_;  ///< likewise
};

}  // namespace sluice::net
