// SPDX-License-Identifier: Apache-2.0
#include "native/dns_client.hpp"

#include <ares.h>
#include <netdb.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "native/cares_versions.hpp"
#include "native/pointer_answer.hpp"
#include "native/posix_socket.hpp"

namespace sluice::net {

namespace {

using core::Reply;
using core::Status;

constexpr int kTimeoutMs = 1500;  ///< of the first attempt; c-ares doubles it for each further attempt
constexpr int kTries = 3;

/// Returns the text of getaddrinfo for the equivalent error.
const char* text_of(int status) {
  switch (status) {
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
      return ::gai_strerror(EAI_NONAME);
    case ARES_ENOMEM:
      return ::gai_strerror(EAI_MEMORY);
    case ARES_ETIMEOUT:
    case ARES_ESERVFAIL:
    case ARES_ECONNREFUSED:
    case ARES_EREFUSED:
      return ::gai_strerror(EAI_AGAIN);
    default:
      return ::gai_strerror(EAI_FAIL);
  }
}

/// Returns the name of the PTR record: "1.0.0.127.in-addr.arpa", or the digits of an IPv6 address under "ip6.arpa".
std::string reverse_name(const Address& address) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string name;
  std::string bytes = address.bytes();
  std::reverse(bytes.begin(), bytes.end());
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    if (address.is_v4())
      name.append(std::to_string(byte)) += '.';
    else
      (((name += kDigits[byte & 15]) += '.') += kDigits[byte >> 4]) += '.';
  }
  return name + (address.is_v4() ? "in-addr.arpa" : "ip6.arpa");
}

bool set_servers(ares_channel channel, const std::vector<Endpoint>& servers) {
  std::string list;  // as a text, because c-ares deprecates the function that takes addresses
  for (const auto& [address, port] : servers) {
    if (!list.empty()) list += ',';
    list += address.is_v4() ? address.text() : "[" + address.text() + "]";
    list.append(":").append(std::to_string(port));
  }
  return ares_set_servers_ports_csv(channel, list.c_str()) == ARES_SUCCESS;
}

}  // namespace

/// The argument of the callbacks of c-ares. The last callback of a look-up deletes it.
struct DnsClient::Query {
  Answer answer;
  DnsClient* client = nullptr;
  std::string reverse_name{};

  static void forward_done(void* argument, int status, int, ares_addrinfo* found) {
    const std::unique_ptr<Query> query(static_cast<Query*>(argument));
    const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> list(found, ares_freeaddrinfo);
    if (status == ARES_EDESTRUCTION) return;
    Reply reply;
    for (const ares_addrinfo_node* each = list ? list->nodes : nullptr; each; each = each->ai_next) {
      const auto end = SocketAddress::endpoint(each->ai_addr);
      if (end && std::find(reply.addresses.begin(), reply.addresses.end(), end->address) == reply.addresses.end())
        reply.addresses.push_back(end->address);
    }
    if (reply.addresses.empty())
      reply = {.status = Status::Refused, .data = text_of(status == ARES_SUCCESS ? ARES_ENODATA : status)};
    query->answer(std::move(reply));
  }

  /// Receives the result of the hosts file. If it has no name for the address, queries the servers.
  static void in_hosts_done(void* argument, int status, int, hostent* found) {
    std::unique_ptr<Query> query(static_cast<Query*>(argument));
    if (status == ARES_EDESTRUCTION) return;
    if (status == ARES_SUCCESS && found->h_name && *found->h_name) return query->answer({.data = found->h_name});
    DnsClient& client = *query->client;
    const std::string name = query->reverse_name;
    query_pointer<reverse_done>(client.channel_, name.c_str(), query.release());
    client.schedule();
  }

  static void reverse_done(void* argument, int status, const unsigned char* bytes, std::size_t size) {
    const std::unique_ptr<Query> query(static_cast<Query*>(argument));
    if (status == ARES_EDESTRUCTION) return;
    if (status == ARES_SUCCESS)
      if (auto name = first_pointer({reinterpret_cast<const char*>(bytes), size}))
        return query->answer({.data = std::move(*name)});
    const bool definite = status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA;
    query->answer({.status = Status::Error, .error = definite ? 0 : EAGAIN});
  }
};

DnsClient::DnsClient(EpollEventLoop& loop, core::Deadlines& deadlines, const Clock& clock,
                     const std::vector<Endpoint>& servers)
    : loop_(loop), deadlines_(deadlines), clock_(clock) {
  ares_options options{};
  options.timeout = kTimeoutMs;
  options.tries = kTries;
  options.sock_state_cb_data = this;
  options.sock_state_cb = [](void* self, ares_socket_t socket, int reads, int writes) {
    static_cast<DnsClient*>(self)->watch(socket, static_cast<Readiness>((reads != 0 ? 1 : 0) | (writes != 0 ? 2 : 0)));
  };
  const int set = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | disable_cache(options);
  if (ares_init_options(&channel_, &options, set) != ARES_SUCCESS) {
    channel_ = nullptr;
  } else if (!servers.empty() && !set_servers(channel_, servers)) {
    ares_destroy(std::exchange(channel_, nullptr));
  }
  char only_files[] = "f";
  ares_options of_hosts{};
  of_hosts.lookups = only_files;
  if (channel_ && ares_init_options(&hosts_, &of_hosts, ARES_OPT_LOOKUPS) != ARES_SUCCESS) {
    hosts_ = nullptr;
    ares_destroy(std::exchange(channel_, nullptr));
  }
}

DnsClient::~DnsClient() {
  if (channel_) ares_destroy(channel_);
  if (hosts_) ares_destroy(hosts_);
  deadlines_.cancel(timer_);
}

void DnsClient::forward(const std::string& name, std::optional<Family> family, Answer answer) {
  if (!channel_) return answer({.status = Status::Refused, .data = ::gai_strerror(EAI_FAIL)});
  ares_addrinfo_hints hints{};
  hints.ai_family = !family ? AF_UNSPEC : *family == Family::Inet ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  auto query = std::make_unique<Query>(Query{std::move(answer)});
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, Query::forward_done, query.release());
  schedule();
}

void DnsClient::reverse(const Address& address, Answer answer) {
  if (!channel_) return answer({.status = Status::Error, .error = EAGAIN});
  const std::string bytes = address.bytes();
  auto query = std::make_unique<Query>(Query{std::move(answer), this, reverse_name(address)});
  ares_gethostbyaddr(hosts_, bytes.data(), static_cast<int>(bytes.size()), address.is_v4() ? AF_INET : AF_INET6,
                     Query::in_hosts_done, query.release());
}

void DnsClient::expired(std::uint64_t) { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

void DnsClient::process(int readable, int writable) {
  ares_process_fd(channel_, readable, writable);
  schedule();
}

void DnsClient::schedule() {
  timeval left;
  deadlines_.cancel(std::exchange(timer_, {}));
  if (!ares_timeout(channel_, nullptr, &left)) return;
  // Rounded up: if c-ares is called too early, it does nothing.
  const auto wait = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec + 1000);
  timer_ = deadlines_.arm(clock_.now() + wait, *this);
}

void DnsClient::watch(int number, Readiness wanted) {
  if (wanted == Readiness::None) {
    sockets_.erase(number);
    return;
  }
  const auto [found, added] = sockets_.try_emplace(number, loop_);
  Socket& socket = found->second;
  if (added) socket.descriptor.adopt(number);
  socket.wanted = wanted;
  // If the socket cannot be watched, its queries time out.
  socket.descriptor.wait(wanted, *this, static_cast<std::uint64_t>(number));
}

void DnsClient::on_ready(std::uint64_t cookie, Readiness what) {
  const int number = static_cast<int>(cookie);
  const auto socket_if = [&](Readiness kind) { return (what & kind) == kind ? number : ARES_SOCKET_BAD; };
  process(socket_if(Readiness::Read), socket_if(Readiness::Write));
  if (const auto found = sockets_.find(number); found != sockets_.end()) watch(number, found->second.wanted);
}

}  // namespace sluice::net
