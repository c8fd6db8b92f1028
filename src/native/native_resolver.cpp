// SPDX-License-Identifier: Apache-2.0
#include "native/native_resolver.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "model/host_name.hpp"
#include "native/posix_socket.hpp"

namespace sluice::net {

namespace {

using core::Reply;
using core::Status;

constexpr std::size_t kMaxInFlight = 128;    ///< reverse look-ups; more would overflow the socket buffers
constexpr std::size_t kMaxCached = 1 << 16;  ///< reverse answers
constexpr unsigned kHelpers = 4;

Reply refused(int gai) { return {.status = Status::Refused, .data = ::gai_strerror(gai)}; }

/// Returns the reply for a numeric address or an invalid name. Otherwise returns nothing and converts the name to its
/// ASCII form (IDNA).
std::optional<Reply> known(std::string& name, std::optional<Family> family) {
  if (const auto numeric = Address::parse(name)) {
    if (family && *family != numeric->family()) return refused(EAI_ADDRFAMILY);
    return Reply{.addresses = {*numeric}};
  }
  auto ascii = model::ascii_name(name);
  if (name.empty() || name.find('\0') != name.npos || !ascii) return refused(EAI_NONAME);
  name = std::move(*ascii);
  return std::nullopt;
}

/// Looks up a name. Blocks.
Reply ask_system(const std::string& name, std::optional<Family> family) {
  addrinfo hints{};
  hints.ai_family = !family ? AF_UNSPEC : *family == Family::Inet ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int failure = ::getaddrinfo(name.c_str(), nullptr, &hints, &list)) return refused(failure);
  Reply reply;
  for (const addrinfo* each = list; each; each = each->ai_next) {
    const auto found = SocketAddress::endpoint(each->ai_addr);
    if (found && std::find(reply.addresses.begin(), reply.addresses.end(), found->address) == reply.addresses.end())
      reply.addresses.push_back(found->address);
  }
  ::freeaddrinfo(list);
  return reply;
}

}  // namespace

NativeResolver::NativeResolver(EpollEventLoop& loop, core::Deadlines& deadlines, const Clock& clock,
                               std::vector<Endpoint> servers)
    : loop_(loop), deadlines_(deadlines), clock_(clock), servers_(std::move(servers)) {}

DnsClient& NativeResolver::dns() {
  if (!dns_) dns_ = std::make_unique<DnsClient>(loop_, deadlines_, clock_, servers_);
  return *dns_;
}

void NativeResolver::resolve(std::string name, std::optional<Family> family, core::Completion done) {
  if (servers_.empty()) return resolve_by_system(std::move(name), family, done);
  if (const auto reply = known(name, family)) return done(*reply);
  dns().forward(name, family, done);
}

void NativeResolver::resolve_by_system(std::string name, std::optional<Family> family, core::Completion done) {
  if (const auto reply = known(name, family)) return done(*reply);
  if (!helpers_) helpers_ = std::make_unique<HelperThreads>(loop_, kHelpers);
  const bool runs = helpers_->run([name = std::move(name), family, done, alive = std::weak_ptr(alive_)] {
    return [reply = ask_system(name, family), done, alive]() mutable {
      if (!alive.expired()) done(std::move(reply));
    };
  });
  if (!runs) done(refused(EAI_AGAIN));
}

void NativeResolver::reverse(const Address& address, core::Completion done) {
  if (cached_ >= kMaxCached) {
    std::erase_if(lookups_, [](const auto& each) { return each.second.answer.has_value(); });
    cached_ = 0;
  }
  const auto [found, fresh] = lookups_.try_emplace(address);
  if (found->second.answer) return done(*found->second.answer);
  found->second.waiting.push_back(done);
  if (!fresh) return;
  queue_.push_back(address);
  start_queued();
}

void NativeResolver::start_queued() {
  if (std::exchange(starting_, true)) return;
  while (in_flight_ < kMaxInFlight && !queue_.empty()) {
    const Address address = queue_.front();
    queue_.pop_front();
    ++in_flight_;
    dns().reverse(address, [this, address](const Reply& reply) {
      --in_flight_;
      handle_answer(address, reply);
      start_queued();
    });
  }
  starting_ = false;
}

void NativeResolver::handle_answer(const Address& address, const Reply& reply) {
  const auto found = lookups_.find(address);
  const std::vector<core::Completion> waiting = std::move(found->second.waiting);
  if (reply.status == Status::Ok || reply.error == 0) {
    found->second.answer = reply;
    ++cached_;
  } else {
    lookups_.erase(found);  // a later look-up may succeed
  }
  for (const core::Completion& each : waiting) each(reply);
}

}  // namespace sluice::net
