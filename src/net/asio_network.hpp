#pragma once

#include <asio/posix/stream_descriptor.hpp>
#include <asio/thread_pool.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "core/deadlines.hpp"
#include "net/event_loop.hpp"
#include "net/network.hpp"

namespace sluice::net {

/// The real network. System calls are tried at once; only what would block waits in the event loop.
class AsioNetwork final : public Network, private core::Expirable {
 public:
  /// All three must outlive it.
  AsioNetwork(EventLoop& loop, core::Deadlines& deadlines, const Clock& clock);
  /// Closes everything; nothing completes any more. Waits for look-ups that are inside the resolver.
  ~AsioNetwork() override;
  AsioNetwork(const AsioNetwork&) = delete;
  AsioNetwork& operator=(const AsioNetwork&) = delete;

  SocketId connect(const ConnectRequest& request, core::Completion done) override;
  Result<SocketId> open_udp(Family family, const std::optional<Endpoint>& local) override;
  void send(SocketId socket, std::string data, TimePoint deadline, core::Completion done) override;
  void send_to(SocketId socket, const Endpoint& remote, std::string data, core::Completion done) override;
  void receive(SocketId socket, Want want, TimePoint deadline, core::Completion done) override;
  void upgrade_tls(SocketId socket, std::string server_name, TimePoint deadline, core::Completion done) override;
  [[nodiscard]] std::optional<SocketInfo> info(SocketId socket) const override;
  [[nodiscard]] bool is_open(SocketId socket) const override;
  [[nodiscard]] bool is_tls(SocketId socket) const override;
  [[nodiscard]] CertificateChain peer_certificates(SocketId socket) const override;
  void cancel(SocketId socket) noexcept override;
  void close(SocketId socket) noexcept override;
  void resolve(std::string name, std::optional<Family> family, core::Completion done) override;
  void reverse(const Address& address, core::Completion done) override;
  SocketId probe(const Endpoint& remote, const std::optional<Endpoint>& local, TimePoint deadline,
                 core::Completion done) override;

 private:
  using Descriptor = asio::posix::stream_descriptor;
  enum class Operation : std::uint8_t { None, Connect, Send, SendTo, Receive };

  struct Socket {
    explicit Socket(asio::io_context& io) : descriptor(io) {}
    Descriptor descriptor;
    SocketInfo info;
    std::optional<Endpoint> bind;  ///< local end asked for
    Operation operation = Operation::None;
    bool probe = false;        ///< goes when its connect is over
    bool waiting = false;      ///< in the event loop
    std::uint32_t serial = 0;  ///< of the operation; what comes late for an earlier one is dropped
    core::Completion done;
    core::Deadlines::Id timeout;
    Want want;
    std::string data;      ///< to send, or received so far; empty between operations
    std::size_t sent = 0;  ///< of data
  };
  struct Queued {
    SocketId id;
    std::uint32_t serial;
  };

  void expired(std::uint64_t cookie) override;
  SocketId start_connect(const ConnectRequest& request, bool probe, core::Completion done);
  /// Completes with Error and returns nothing if there is no descriptor to work on.
  Socket* usable(SocketId id, const core::Completion& done);
  void begin(SocketId id, Socket& socket, Operation operation, TimePoint deadline, core::Completion done);
  /// Ends the operation, whose completion is returned.
  core::Completion end(Socket& socket) noexcept;
  void finish(Socket& socket, core::Reply reply);
  /// Ends a connect: on failure the descriptor goes first, of a probe everything does.
  void finish_connect(SocketId id, Socket& socket, core::Reply reply);
  void release(Socket& socket) noexcept;
  void wait_for(SocketId id, Socket& socket, Descriptor::wait_type what);
  void ready(SocketId id, Socket& socket);

  /// False if resources are lacking: nothing has changed then.
  bool try_connect(SocketId id, Socket& socket);
  void connected(SocketId id, Socket& socket);
  void continue_send(SocketId id, Socket& socket);
  void continue_receive(SocketId id, Socket& socket);
  void queue(SocketId id, const Socket& socket);
  void retry_queued();
  /// Runs the job on a worker and delivers what it returns.
  void look_up(std::function<core::Reply()> job, core::Completion done);

  EventLoop& loop_;
  core::Deadlines& deadlines_;
  const Clock& clock_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  Slab<Socket> sockets_;
  std::deque<Queued> queue_;  ///< connects for which resources were lacking
  core::Deadlines::Id tick_;  ///< when the queue is tried again
  std::optional<asio::thread_pool> workers_;
};

}  // namespace sluice::net
