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

/// The real network. System calls are tried at once; only what would block waits in the event loop.
class NativeNetwork final : public Network, private core::Expirable, private ReadyHandler {
 public:
  /// All three must outlive it.
  NativeNetwork(EpollEventLoop& loop, core::Deadlines& deadlines, const Clock& clock, NetworkOptions options = {});
  /// Closes everything; nothing completes any more. Waits for nothing.
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

  /// How the connect of a socket failed: it decides how later operations fail.
  enum class Failed : unsigned char {
    No,
    AtOnce,   ///< by this machine, before anything was sent
    Refused,  ///< by the peer or the network
    TimedOut,
  };
  struct Socket {
    explicit Socket(EpollEventLoop& loop) : descriptor(loop) {}
    WatchedDescriptor descriptor;
    std::unique_ptr<Stream> stream;  ///< of a connected socket, unless it is a plain UDP one
    std::unique_ptr<PcapTap> tap;    ///< of a capture; the descriptor is its own
    ChildProcesses::Id child;        ///< of a command; the descriptor is our end of its pipe, if it has one
    SocketInfo info;
    std::optional<Endpoint> bind;  ///< local end asked for
    bool bind_is_optional = false;
    std::string server_name;  ///< for the handshake
    Operation operation = Operation::None;
    int answer = EINPROGRESS;     ///< of its connect, as it is known
    bool failed_at_once = false;  ///< its connect, by this machine, before anything was sent
    Failed failed = Failed::No;
    std::optional<Step> failure;  ///< of a read, after which bytes were given: the next read gives it
    bool probe = false;           ///< goes when its connect is over
    bool hears_refusals = false;
    bool waits_for_resources = true;
    std::uint32_t serial = 0;  ///< of the operation; what comes late for an earlier one is dropped
    core::Completion done;
    TimePoint deadline = kNever;
    core::Deadlines::Id timeout;  ///< at the deadline, or earlier to retransmit
    ReceiveCondition want;
    std::string data;       ///< to send, or received so far; empty between operations
    std::size_t sent = 0;   ///< of data
    std::size_t lines = 0;  ///< in data
  };
  struct Queued {
    SocketId id;
    std::uint32_t serial;
  };

  /// A TCP socket that a refused probe has left as it was, bound to an address at most.
  struct Spare {
    int descriptor;
    Family family;
    std::optional<Endpoint> local;
  };

  // native_network.cpp: sockets, connects, operations as such
  void expired(std::uint64_t cookie) override;
  void on_ready(std::uint64_t cookie, Readiness what) override;
  /// Gives the spare up if that helps.
  Opened open(Family family, const Start& start);
  /// Tries the operations again that lack a descriptor.
  void closed() noexcept;
  /// Begins a send or a receive of a socket whose connect has failed, as docs/nse-compat.md says. False for others.
  bool begin_after_failure(SocketId id, Operation operation, TimePoint deadline, const core::Completion& done);
  /// Completes with Error and returns nothing if there is no descriptor to work on.
  Socket* usable(SocketId id, const core::Completion& done);
  void start_operation(SocketId id, Socket& socket, Operation operation, TimePoint deadline, core::Completion done);
  /// Ends the operation, whose completion is returned.
  core::Completion end(Socket& socket) noexcept;
  void finish(Socket& socket, core::Reply reply);
  /// What is waited for in the event loop or in the queue does not continue the operation any more.
  static void stop_waiting(Socket& socket) noexcept;
  /// Ends a connect or a handshake: on failure the descriptor goes first, of a probe everything does.
  void finish_connect(SocketId id, Socket& socket, core::Reply reply);
  void release(Socket& socket) noexcept;
  /// Ends a capture, if it is one.
  static void drop_tap(Socket& socket) noexcept;
  /// A socket around a descriptor that needs no connect.
  SocketId adopt(Transport transport, int descriptor);
  /// Goes on when it is ready. Nothing of the socket may be touched after it.
  void wait_for(SocketId id, Socket& socket, Readiness what);
  /// For the deadline of the operation, or earlier if DTLS has to repeat itself unless it is answered.
  void set_timeout(SocketId id, Socket& socket);
  void retransmit(SocketId id, Socket& socket);
  /// Goes on when all others that are ready have had their turn.
  void requeue(SocketId id, Socket& socket);
  /// If the step says that the operation has to wait, sees to that and returns true.
  bool must_wait(SocketId id, Socket& socket, const Step& step);
  /// Takes the operation as far as it goes; if it lacks resources, puts it in the queue.
  void continue_operation(SocketId id, Socket& socket);
  void try_connect(SocketId id, Socket& socket);
  /// Goes by what is known of the answer.
  void answered(SocketId id, Socket& socket);
  /// For an operation that lacks something: puts it in the queue, or completes it if it is not to wait.
  void lacking(SocketId id, Socket& socket, int lack);
  void queue(SocketId id, const Socket& socket, int lack);
  void notice_lack(int lack);
  void retry_queued();

  // probes.cpp has probe
  Opened open_for_probe(Family family, const Start& start);
  void close_spare() noexcept;

  // raw_sockets.cpp has open_raw_ip, open_ethernet, open_capture; commands.cpp: run, wait_exit, kill

  // transfer.cpp: bytes
  static Step read(Socket& socket, char* into, std::size_t size);
  static Step write(Socket& socket, std::string_view data);
  void shake_hands(SocketId id, Socket& socket);
  void continue_handshake(SocketId id, Socket& socket);
  void continue_send(SocketId id, Socket& socket);
  void continue_receive(SocketId id, Socket& socket);
  void continue_capture(SocketId id, Socket& socket);
  /// What the last step of an operation comes to.
  static core::Reply outcome(Socket& socket, const Step& step);

  EpollEventLoop& loop_;
  core::Deadlines& deadlines_;
  const Clock& clock_;
  std::string device_;
  std::optional<int> scan_ttl_;
  std::function<void(const std::string&)> notice_;
  ChildProcesses children_;
  Slab<Socket> sockets_;
  std::deque<Queued> queue_;  ///< operations for which resources were lacking
  core::Deadlines::Id tick_;  ///< when the queue is tried again
  std::optional<Spare> spare_;
  NativeResolver resolver_;
};

}  // namespace sluice::net
