#include "net/asio_network.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace sluice::net {

namespace {

using core::Reply;
using core::Status;

constexpr char kNoTls[] = "sorry, you don't have OpenSSL";
constexpr std::size_t kPiece = 8192;
constexpr std::size_t kMostAtOnce = 589823;  ///< then others have their turn
constexpr auto kRetryAfter = std::chrono::milliseconds(100);
constexpr std::uint64_t kTickCookie = UINT64_MAX;

std::uint64_t pack(SocketId id) { return std::uint64_t{id.generation} << 32 | id.index; }
SocketId unpack(std::uint64_t cookie) {
  return {static_cast<std::uint32_t>(cookie), static_cast<std::uint32_t>(cookie >> 32)};
}

Reply error_reply(int error) { return {.status = Status::Error, .error = error}; }
Reply refused(std::string text) { return {.status = Status::Refused, .data = std::move(text)}; }

/// A socket address of either family.
struct Name {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  Name() = default;
  explicit Name(const Endpoint& endpoint) {
    const auto& raw = endpoint.address.raw();
    if (endpoint.address.is_v4()) {
      sockaddr_in in{};
      in.sin_family = AF_INET;
      in.sin_port = htons(endpoint.port);
      std::memcpy(&in.sin_addr, raw.data(), 4);
      std::memcpy(&storage, &in, size = sizeof in);
    } else {
      sockaddr_in6 in{};
      in.sin6_family = AF_INET6;
      in.sin6_port = htons(endpoint.port);
      in.sin6_scope_id = endpoint.address.scope();
      std::memcpy(&in.sin6_addr, raw.data(), 16);
      std::memcpy(&storage, &in, size = sizeof in);
    }
  }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::optional<Endpoint> endpoint(const sockaddr* name) {
  if (name->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, name, sizeof in);
    return Endpoint{Address::v4(ntohl(in.sin_addr.s_addr)), ntohs(in.sin_port)};
  }
  if (name->sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, name, sizeof in);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return Endpoint{Address::v6(bytes, in.sin6_scope_id), ntohs(in.sin6_port)};
  }
  return std::nullopt;
}

std::optional<Endpoint> local_end(int descriptor) {
  Name name;
  if (::getsockname(descriptor, name.get(), &name.size) != 0) return std::nullopt;
  auto end = endpoint(name.get());
  return end && end->port != 0 ? end : std::nullopt;
}

/// A socket that does not block, bound if `local` is given; 0 or an errno.
int open_socket(Family family, int type, const std::optional<Endpoint>& local, int& descriptor) {
  descriptor = ::socket(family == Family::Inet ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  const int on = 1;
  if (type == SOCK_DGRAM) ::setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
  if (!local) return 0;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  Name name(*local);
  if (::bind(descriptor, name.get(), name.size) == 0) return 0;
  const int failure = errno;
  ::close(descriptor);
  return failure;
}

bool lacks_resources(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

/// After EADDRNOTAVAIL: are there only no local ports left? UDP can connect the same two addresses then.
bool lacks_ports(const Endpoint& remote, std::optional<Endpoint> local) {
  if (local && local->port != 0) return false;
  int descriptor;
  if (open_socket(remote.address.family(), SOCK_DGRAM, local, descriptor) != 0) return false;
  Name name(remote);
  const bool possible = ::connect(descriptor, name.get(), name.size) == 0;
  ::close(descriptor);
  return possible;
}

}  // namespace

AsioNetwork::AsioNetwork(EventLoop& loop, core::Deadlines& deadlines, const Clock& clock)
    : loop_(loop), deadlines_(deadlines), clock_(clock) {}

AsioNetwork::~AsioNetwork() {
  alive_.reset();
  if (workers_) {
    workers_->stop();
    workers_->join();
  }
  deadlines_.cancel(tick_);
  sockets_.for_each([this](SocketId, Socket& socket) { deadlines_.cancel(socket.timeout); });
}

SocketId AsioNetwork::connect(const ConnectRequest& request, core::Completion done) {
  return start_connect(request, false, done);
}

SocketId AsioNetwork::probe(const Endpoint& remote, const std::optional<Endpoint>& local, TimePoint deadline,
                            core::Completion done) {
  return start_connect({.remote = remote, .local = local, .deadline = deadline}, true, done);
}

SocketId AsioNetwork::start_connect(const ConnectRequest& request, bool probe, core::Completion done) {
  const SocketId id = sockets_.emplace(loop_.io());
  Socket& socket = sockets_.at(id);
  socket.info = {request.transport, std::nullopt, request.remote};
  socket.bind = request.local;
  socket.probe = probe;
  if (request.transport == Transport::Tls || request.transport == Transport::Dtls) {
    done(refused(kNoTls));
    return id;
  }
  begin(id, socket, Operation::Connect, request.deadline, done);
  if (!try_connect(id, socket)) queue(id, socket);
  return id;
}

bool AsioNetwork::try_connect(SocketId id, Socket& socket) {
  const Endpoint& remote = *socket.info.remote;
  const int type = socket.info.transport == Transport::Udp ? SOCK_DGRAM : SOCK_STREAM;
  int descriptor;
  if (const int failure = open_socket(remote.address.family(), type, socket.bind, descriptor)) {
    if (lacks_resources(failure)) return false;
    finish_connect(id, socket, error_reply(failure));
    return true;
  }
  std::error_code unwatched;
  socket.descriptor.assign(descriptor, unwatched);
  if (unwatched) {
    ::close(descriptor);
    if (lacks_resources(unwatched.value())) return false;
    finish_connect(id, socket, error_reply(unwatched.value()));
    return true;
  }
  Name name(remote);
  const int failure = ::connect(descriptor, name.get(), name.size) == 0 ? 0 : errno;
  socket.info.local = local_end(descriptor);
  if (failure == 0) {
    connected(id, socket);
  } else if (failure == EINPROGRESS || failure == EINTR) {
    wait_for(id, socket, Descriptor::wait_write);
  } else if (lacks_resources(failure) || failure == EAGAIN ||
             (failure == EADDRNOTAVAIL && lacks_ports(remote, socket.bind))) {
    socket.info.local.reset();
    std::error_code ignored;
    socket.descriptor.close(ignored);
    return false;
  } else {
    finish_connect(id, socket, error_reply(failure));
  }
  return true;
}

void AsioNetwork::connected(SocketId id, Socket& socket) {
  const int descriptor = socket.descriptor.native_handle();
  int failure = 0;
  socklen_t size = sizeof failure;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) failure = errno;
  Name peer;
  if (failure == 0 && ::getpeername(descriptor, peer.get(), &peer.size) != 0) {
    if (errno == ENOTCONN) return wait_for(id, socket, Descriptor::wait_write);
    failure = errno;
  }
  socket.info.local = local_end(descriptor);
  // On loopback a port of our own may be taken for both ends, and then we talk to ourselves.
  if (failure == 0 && socket.info.transport == Transport::Tcp && socket.info.local == endpoint(peer.get()))
    failure = ECONNREFUSED;
  finish_connect(id, socket, failure ? error_reply(failure) : Reply{});
}

void AsioNetwork::finish_connect(SocketId id, Socket& socket, Reply reply) {
  const core::Completion done = end(socket);
  if (socket.probe || reply.status != Status::Ok) release(socket);
  if (socket.probe) sockets_.erase(id);
  done(std::move(reply));
}

void AsioNetwork::queue(SocketId id, const Socket& socket) {
  queue_.push_back({id, socket.serial});
  if (queue_.size() == 1) tick_ = deadlines_.arm(clock_.now() + kRetryAfter, *this, kTickCookie);
}

void AsioNetwork::retry_queued() {
  while (!queue_.empty()) {
    const Queued next = queue_.front();
    Socket* socket = sockets_.find(next.id);
    const bool waits = socket && socket->operation == Operation::Connect && socket->serial == next.serial;
    if (waits && !try_connect(next.id, *socket)) break;
    queue_.pop_front();
  }
  if (!queue_.empty()) tick_ = deadlines_.arm(clock_.now() + kRetryAfter, *this, kTickCookie);
}

Result<SocketId> AsioNetwork::open_udp(Family family, const std::optional<Endpoint>& local) {
  int descriptor;
  if (const int failure = open_socket(family, SOCK_DGRAM, local, descriptor))
    return Error{"cannot open a UDP socket: " + std::generic_category().message(failure)};
  const SocketId id = sockets_.emplace(loop_.io());
  Socket& socket = sockets_.at(id);
  std::error_code unwatched;
  socket.descriptor.assign(descriptor, unwatched);
  if (unwatched) {
    ::close(descriptor);
    sockets_.erase(id);
    return Error{"cannot watch a UDP socket: " + unwatched.message()};
  }
  socket.info.transport = Transport::Udp;
  if (local) socket.info.local = local_end(descriptor);
  return id;
}

void AsioNetwork::send(SocketId id, std::string data, TimePoint deadline, core::Completion done) {
  Socket* socket = usable(id, done);
  if (!socket) return;
  begin(id, *socket, Operation::Send, deadline, done);
  socket->data = std::move(data);
  continue_send(id, *socket);
}

void AsioNetwork::send_to(SocketId id, const Endpoint& remote, std::string data, core::Completion done) {
  Socket* socket = usable(id, done);
  if (!socket) return;
  if (socket->info.transport != Transport::Udp) return done(error_reply(EISCONN));
  begin(id, *socket, Operation::SendTo, kNever, done);
  socket->info.remote = remote;
  socket->data = std::move(data);
  continue_send(id, *socket);
}

void AsioNetwork::continue_send(SocketId id, Socket& socket) {
  const int descriptor = socket.descriptor.native_handle();
  const bool datagram = socket.info.transport == Transport::Udp;
  while (datagram || socket.sent < socket.data.size()) {
    const char* from = socket.data.data() + socket.sent;
    const std::size_t size = socket.data.size() - socket.sent;
    ssize_t sent;
    if (socket.operation == Operation::SendTo) {
      Name to(*socket.info.remote);
      sent = ::sendto(descriptor, from, size, MSG_NOSIGNAL, to.get(), to.size);
    } else {
      sent = ::send(descriptor, from, size, MSG_NOSIGNAL);
    }
    if (sent >= 0) {
      socket.sent += static_cast<std::size_t>(sent);
      if (datagram) break;
    } else if (errno == EAGAIN) {
      return wait_for(id, socket, Descriptor::wait_write);
    } else if (errno != EINTR) {
      return finish(socket, error_reply(errno));
    }
  }
  if (socket.operation == Operation::SendTo) socket.info.local = local_end(descriptor);
  finish(socket, {});
}

void AsioNetwork::receive(SocketId id, Want want, TimePoint deadline, core::Completion done) {
  Socket* socket = usable(id, done);
  if (!socket) return;
  begin(id, *socket, Operation::Receive, deadline, done);
  socket->want = want;
  continue_receive(id, *socket);
}

void AsioNetwork::continue_receive(SocketId id, Socket& socket) {
  const Want want = socket.want;
  std::string& data = socket.data;
  const std::size_t limit = std::max<std::size_t>(want.limit, 1);
  const bool datagram = socket.info.transport == Transport::Udp;
  const auto enough = [&] {
    if (data.empty()) return false;
    if (data.size() >= limit || want.kind == Want::Kind::Some) return true;
    if (want.kind == Want::Kind::Bytes) return data.size() >= want.count;
    return static_cast<std::size_t>(std::count(data.begin(), data.end(), '\n')) >= want.count;
  };
  const auto give = [&] {
    std::string all = std::move(data);
    finish(socket, {.data = std::move(all)});
  };
  const std::size_t before = data.size();
  char piece[kPiece];
  for (;;) {
    const std::size_t size = std::min(kPiece, limit - data.size());
    const ssize_t got = ::recv(socket.descriptor.native_handle(), piece, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN) {
      const int failure = errno;
      return enough() ? give() : finish(socket, error_reply(failure));
    }
    if (got == 0 && datagram && want.kind == Want::Kind::Some) return give();  // an empty datagram is one, too
    if (got == 0 && !datagram) return data.empty() ? finish(socket, {.status = Status::Eof}) : give();
    if (got > 0) data.append(piece, static_cast<std::size_t>(got));
    const bool drained = got < static_cast<ssize_t>(size) || datagram || data.size() - before > kMostAtOnce;
    if (!drained && want.kind != Want::Kind::Bytes && data.size() < limit) continue;
    if (enough()) return give();
    if (drained) return wait_for(id, socket, Descriptor::wait_read);
  }
}

void AsioNetwork::upgrade_tls(SocketId id, std::string, TimePoint, core::Completion done) {
  if (usable(id, done)) done(refused(kNoTls));
}

std::optional<SocketInfo> AsioNetwork::info(SocketId id) const {
  const Socket* socket = sockets_.find(id);
  return socket ? std::optional(socket->info) : std::nullopt;
}

bool AsioNetwork::is_open(SocketId id) const {
  const Socket* socket = sockets_.find(id);
  return socket && socket->descriptor.is_open();
}

bool AsioNetwork::is_tls(SocketId) const { return false; }

CertificateChain AsioNetwork::peer_certificates(SocketId) const { return {}; }

void AsioNetwork::cancel(SocketId id) noexcept {
  Socket* socket = sockets_.find(id);
  if (!socket || socket->operation == Operation::None) return;
  end(*socket);
  if (!socket->probe) return;
  release(*socket);
  sockets_.erase(id);
}

void AsioNetwork::close(SocketId id) noexcept {
  Socket* socket = sockets_.find(id);
  if (!socket) return;
  const bool pending = socket->operation != Operation::None;
  const core::Completion done = end(*socket);
  release(*socket);
  sockets_.erase(id);
  if (pending) done({.status = Status::Cancelled});
}

AsioNetwork::Socket* AsioNetwork::usable(SocketId id, const core::Completion& done) {
  Socket* socket = sockets_.find(id);
  if (socket && socket->descriptor.is_open()) return socket;
  done(error_reply(socket ? ENOTCONN : EBADF));
  return nullptr;
}

void AsioNetwork::begin(SocketId id, Socket& socket, Operation operation, TimePoint deadline, core::Completion done) {
  assert(socket.operation == Operation::None);
  socket.operation = operation;
  socket.done = done;
  if (deadline != kNever) socket.timeout = deadlines_.arm(deadline, *this, pack(id));
}

core::Completion AsioNetwork::end(Socket& socket) noexcept {
  deadlines_.cancel(std::exchange(socket.timeout, {}));
  ++socket.serial;
  socket.operation = Operation::None;
  socket.sent = 0;
  std::string().swap(socket.data);
  if (std::exchange(socket.waiting, false)) {
    std::error_code ignored;
    socket.descriptor.cancel(ignored);
  }
  return std::exchange(socket.done, {});
}

void AsioNetwork::finish(Socket& socket, Reply reply) { end(socket)(std::move(reply)); }

void AsioNetwork::release(Socket& socket) noexcept {
  if (!socket.descriptor.is_open()) return;
  std::error_code ignored;
  socket.descriptor.close(ignored);
  if (!queue_.empty()) deadlines_.rearm(tick_, clock_.now());
}

void AsioNetwork::wait_for(SocketId id, Socket& socket, Descriptor::wait_type what) {
  socket.waiting = true;
  socket.descriptor.async_wait(
      what, [this, alive = std::weak_ptr(alive_), id, serial = socket.serial](const std::error_code& failure) {
        if (failure == asio::error::operation_aborted || alive.expired()) return;
        Socket* found = sockets_.find(id);
        if (!found || found->serial != serial || found->operation == Operation::None) return;
        found->waiting = false;
        ready(id, *found);
      });
}

void AsioNetwork::ready(SocketId id, Socket& socket) {
  switch (socket.operation) {
    case Operation::None:
      return;
    case Operation::Connect:
      return connected(id, socket);
    case Operation::Send:
    case Operation::SendTo:
      return continue_send(id, socket);
    case Operation::Receive:
      return continue_receive(id, socket);
  }
}

void AsioNetwork::expired(std::uint64_t cookie) {
  if (cookie == kTickCookie) return retry_queued();
  const SocketId id = unpack(cookie);
  Socket* socket = sockets_.find(id);
  if (!socket) return;
  if (socket->operation == Operation::Connect) return finish_connect(id, *socket, {.status = Status::Timeout});
  if (socket->operation == Operation::Receive && !socket->data.empty()) {
    std::string all = std::move(socket->data);
    return finish(*socket, {.data = std::move(all)});
  }
  finish(*socket, {.status = Status::Timeout});
}

void AsioNetwork::look_up(std::function<Reply()> job, core::Completion done) {
  if (!workers_) workers_.emplace(2);
  asio::post(*workers_, [alive = std::weak_ptr(alive_), io = &loop_.io(), job = std::move(job), done] {
    if (alive.expired()) return;
    asio::post(*io, [alive, reply = job(), done]() mutable {
      if (!alive.expired()) done(std::move(reply));
    });
  });
}

void AsioNetwork::resolve(std::string name, std::optional<Family> family, core::Completion done) {
  if (const auto numeric = Address::parse(name)) {
    if (family && *family != numeric->family()) return done(refused(::gai_strerror(EAI_ADDRFAMILY)));
    return done({.addresses = {*numeric}});
  }
  if (name.find('\0') != std::string::npos) return done(refused(::gai_strerror(EAI_NONAME)));
  const auto job = [name = std::move(name), family]() -> Reply {
    addrinfo hints{};
    hints.ai_family = !family ? AF_UNSPEC : *family == Family::Inet ? AF_INET : AF_INET6;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int failure = ::getaddrinfo(name.c_str(), nullptr, &hints, &list))
      return refused(::gai_strerror(failure));
    Reply reply;
    for (const addrinfo* each = list; each; each = each->ai_next) {
      const auto found = endpoint(each->ai_addr);
      if (found && std::find(reply.addresses.begin(), reply.addresses.end(), found->address) == reply.addresses.end())
        reply.addresses.push_back(found->address);
    }
    ::freeaddrinfo(list);
    return reply;
  };
  look_up(job, done);
}

void AsioNetwork::reverse(const Address& address, core::Completion done) {
  const auto job = [address]() -> Reply {
    Name name(Endpoint{address, 0});
    char host[NI_MAXHOST];
    if (::getnameinfo(name.get(), name.size, host, sizeof host, nullptr, 0, NI_NAMEREQD) != 0) return error_reply(0);
    return {.data = host};
  };
  look_up(job, done);
}

}  // namespace sluice::net
