// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/deadlines.hpp"
#include "native/child_processes.hpp"
#include "native/epoll_event_loop.hpp"
#include "native/interfaces.hpp"
#include "native/native_resolver.hpp"
#include "native/pcap_tap.hpp"
#include "native/posix_socket.hpp"
#include "native/stream.hpp"
#include "native/watched_descriptor.hpp"
#include "net/network.hpp"

namespace sluice::net {

/// The Network of this machine. It tries each system call at once; only operations that would block wait in the event
/// loop. Owned by the Ports of a shard. Not thread-safe.
class NativeNetwork final : public Network, private core::Expirable, private ReadyHandler {
 public:
  /// `loop`, `deadlines` and `clock` must outlive it.
  NativeNetwork(EpollEventLoop& loop, core::Deadlines& deadlines, const Clock& clock, NetworkOptions options = {});
  /// Closes all sockets and kills the commands that are open. Nothing completes. Commands that were closed before have
  /// one second to end before they are killed; the destructor waits for them.
  ~NativeNetwork() override;
  NativeNetwork(const NativeNetwork&) = delete;
  NativeNetwork& operator=(const NativeNetwork&) = delete;

  SocketId connect(const ConnectRequest& request, core::Completion done) override;
  Result<SocketId> open_udp(Family family, const std::optional<Endpoint>& local) override;
  Result<SocketId> open_raw_ip(Family family) override;
  Result<SocketId> open_ethernet(const std::string& device) override;
  Result<SocketId> open_capture(const CaptureRequest& request) override;
  SocketId run(const CommandRequest& request, core::Completion done) override;
  void wait_exit(SocketId command, core::Completion done) override;
  void kill(SocketId command) noexcept override;
  SocketId adopt_file(int descriptor) override { return adopt(Transport::Command, descriptor); }
  void send(SocketId socket, std::string data, TimePoint deadline, core::Completion done) override;
  void send_to(SocketId socket, const Endpoint& remote, std::string data, core::Completion done) override;
  void receive(SocketId socket, ReceiveCondition want, TimePoint deadline, core::Completion done) override;
  void upgrade_tls(SocketId socket, std::string server_name, TimePoint deadline, core::Completion done) override;
  [[nodiscard]] std::optional<SocketInfo> info(SocketId socket) const override;
  [[nodiscard]] bool is_tls(SocketId socket) const override;
  [[nodiscard]] CertificateChain peer_certificates(SocketId socket) const override;
  void cancel(SocketId socket) noexcept override;
  void close(SocketId socket) noexcept override;
  [[nodiscard]] std::vector<Interface> interfaces() const override { return list_interfaces(); }
  [[nodiscard]] std::optional<Route> route(const Address& to) const override { return find_route(to, device_); }
  void resolve(std::string name, std::optional<Family> family, core::Completion done) override;
  void resolve_by_system(std::string name, std::optional<Family> family, core::Completion done) override;
  void reverse(const Address& address, core::Completion done) override;
  ProbeResult probe(const Endpoint& remote, const std::optional<Endpoint>& local, TimePoint deadline,
                    core::Completion done) override;
  void cancel_probe(ProbeId probe) noexcept override;

  /// True if the socket has an open descriptor.
  [[nodiscard]] bool is_open(SocketId socket) const;

 private:
  enum class Operation : std::uint8_t { None, Connect, Handshake, Send, SendTo, Receive, Exit };

  /// How the connect of a socket has failed. It determines how later operations fail.
  enum class Failed : unsigned char {
    No,
    AtOnce,   ///< by this machine, before anything was sent
    Refused,  ///< by the peer or the network
    TimedOut,
  };
  struct Socket {
    explicit Socket(EpollEventLoop& loop) : descriptor(loop) {}
    WatchedDescriptor descriptor;
    std::unique_ptr<Stream> stream;  ///< of a connected TCP, TLS or DTLS socket
    std::unique_ptr<PcapTap> tap;    ///< of a capture; it owns the descriptor
    ChildProcesses::Id child;        ///< of a command; the descriptor is this process's end of its pipe
    SocketInfo info;
    std::optional<Endpoint> bind;  ///< requested local end
    bool bind_is_optional = false;
    std::string server_name;  ///< for the handshake
    Operation operation = Operation::None;
    int answer = EINPROGRESS;     ///< result of the connect: 0 or an errno
    bool failed_at_once = false;  ///< this machine has failed the connect before it sent anything
    Failed failed = Failed::No;
    std::optional<Step> failure;  ///< error of a read that followed received bytes; the next read returns it
    bool probe = false;           ///< of Prober: erased when its connect ends
    bool reports_icmp_errors = false;
    bool waits_for_resources = true;
    std::uint32_t serial = 0;  ///< of the operation; late events for an earlier operation are dropped
    core::Completion done;
    TimePoint deadline = kNever;
    core::Deadlines::Id timeout;  ///< at the deadline, or before it to retransmit
    ReceiveCondition want;
    std::string data;       ///< data to send, or received data; empty between operations
    std::size_t sent = 0;   ///< bytes of `data` that are sent
    std::size_t lines = 0;  ///< LF characters in `data`
  };
  /// An operation that waits for resources.
  struct Queued {
    SocketId id;
    std::uint32_t serial;
  };

  /// An unconnected TCP socket that a refused probe has left and the next probe may use.
  struct Spare {
    int descriptor;
    Family family;
    std::optional<Endpoint> local;
  };

  // native_network.cpp: sockets, connects, and the common part of operations
  void expired(std::uint64_t cookie) override;
  void on_ready(std::uint64_t cookie, Readiness what) override;
  /// Opens a socket. If the system lacks resources, closes the spare socket and tries again.
  Opened open(Family family, const Start& start);
  /// Schedules a retry of the queued operations, because a descriptor was closed.
  void expedite_retry() noexcept;
  /// Starts a send or receive on a socket whose connect has failed (docs/nse-compat.md, "Socket calls"). Returns false,
  /// without effect, if it has not failed.
  bool start_after_failure(SocketId id, Operation operation, TimePoint deadline, const core::Completion& done);
  /// Returns the socket if it is open and, for TCP, TLS and DTLS, connected. Otherwise completes with Error and returns
  /// null.
  Socket* usable(SocketId id, const core::Completion& done);
  void start_operation(SocketId id, Socket& socket, Operation operation, TimePoint deadline, core::Completion done);
  /// Ends the operation and returns its completion.
  core::Completion end(Socket& socket) noexcept;
  /// Ends the operation and completes it.
  void finish(Socket& socket, core::Reply reply);
  /// Drops the wait in the event loop or in the queue, so that it does not continue the operation.
  static void stop_waiting(Socket& socket) noexcept;
  /// Ends and completes a connect or a handshake. Closes the descriptor first if it has failed. Erases a probe.
  void finish_connect(SocketId id, Socket& socket, core::Reply reply);
  /// Closes the descriptor of a socket, which stays known.
  void release(Socket& socket) noexcept;
  /// Closes the capture if the socket has one.
  static void close_tap(Socket& socket) noexcept;
  /// Creates a socket for a descriptor that needs no connect.
  SocketId adopt(Transport transport, int descriptor);
  /// Continues the operation when the descriptor is ready. May erase the socket.
  void wait_for(SocketId id, Socket& socket, Readiness what);
  /// Arms the timeout of the operation: at its deadline, or before it if DTLS has to retransmit.
  void set_timeout(SocketId id, Socket& socket);
  void retransmit(SocketId id, Socket& socket);
  /// Continues the operation after those of all ready descriptors.
  void requeue(SocketId id, Socket& socket);
  /// Returns true, and starts the wait, if the operation has to wait after this step. May erase the socket then.
  bool must_wait(SocketId id, Socket& socket, const Step& step);
  /// Continues the operation until it completes or has to wait. Queues it if it lacks resources.
  void continue_operation(SocketId id, Socket& socket);
  void try_connect(SocketId id, Socket& socket);
  /// Continues a connect with its result, or waits for it.
  void handle_answer(SocketId id, Socket& socket);
  /// Handles a lack of resources: queues the operation, or completes it if it must not wait. `lack`: the errno.
  void handle_lack(SocketId id, Socket& socket, int lack);
  void queue(SocketId id, const Socket& socket, int lack);
  void notice_lack(int lack);
  void retry_queued();

  // probes.cpp: the functions of Prober
  Opened open_for_probe(Family family, const Start& start);
  void close_spare() noexcept;

  // raw_sockets.cpp: the functions of RawSockets; commands.cpp: those of Processes

  // transfer.cpp: handshakes, send, receive
  static Step read(Socket& socket, char* into, std::size_t size);
  static Step write(Socket& socket, std::string_view data);
  void shake_hands(SocketId id, Socket& socket);
  void continue_handshake(SocketId id, Socket& socket);
  void continue_send(SocketId id, Socket& socket);
  void continue_receive(SocketId id, Socket& socket);
  void continue_capture(SocketId id, Socket& socket);
  /// Returns the reply for the last step of an operation.
  static core::Reply outcome(Socket& socket, const Step& step);

  EpollEventLoop& loop_;
  core::Deadlines& deadlines_;
  const Clock& clock_;
  std::string device_;
  std::optional<int> scan_ttl_;
  std::function<void(const std::string&)> notice_;
  ChildProcesses children_;
  Slab<Socket> sockets_;
  std::deque<Queued> queue_;  ///< operations that wait for resources
  core::Deadlines::Id tick_;  ///< time of the next retry of the queue
  std::optional<Spare> spare_;
  NativeResolver resolver_;
};

}  // namespace sluice::net
