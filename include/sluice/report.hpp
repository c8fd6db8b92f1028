#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/export.hpp>
#include <sluice/value.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The one stream of typed events that every output is a pure function of.

namespace sluice {

using WallTime = std::chrono::system_clock::time_point;
using Microseconds = std::chrono::microseconds;

enum class Protocol : std::uint8_t { Tcp, Udp, Sctp };
/// In the order in which Nmap breaks ties between equally frequent states. Unknown: the port was not probed, because
/// nothing could be sent (Reason::NotSent).
enum class PortState : std::uint8_t { Open, Closed, Filtered, Unfiltered, OpenFiltered, ClosedFiltered, Unknown };
/// Why a port or host is held to be in its state; text by to_text.
enum class Reason : std::uint8_t {
  None,
  UserSet,
  LocalhostResponse,
  SynAck,
  ConnRefused,
  NoResponse,
  Reset,
  HostUnreach,
  NetUnreach,
  AdminProhibited,
  PortUnreach,
  UdpResponse,
  ScriptSet,
  NetProhibited,
  HostProhibited,
  ProtoUnreach,
  NoRoute,
  RejectRoute,
  UnknownResponse,
  EchoReply,
  TimestampReply,
  ArpResponse,
  NdResponse,
  NotSent,  ///< the system had too few descriptors, buffers or local ports to send a probe
};

SLUICE_EXPORT std::string_view to_text(Protocol protocol);  // "tcp"
SLUICE_EXPORT std::string_view to_text(PortState state);    // "open|filtered"
SLUICE_EXPORT std::string_view to_text(Reason reason);      // "conn-refused"
SLUICE_EXPORT std::optional<Protocol> parse_protocol(std::string_view text);
SLUICE_EXPORT std::optional<PortState> parse_port_state(std::string_view text);

/// What is known of the service behind a port beyond its number.
struct Service {
  std::string name, product, version, extrainfo, hostname, ostype, devicetype, fingerprint;
  bool tls = false;     ///< behind a TLS tunnel
  bool probed = false;  ///< found out (method="probed") rather than looked up in a table
  int confidence = 3;   ///< 0 to 10
  std::vector<std::string> cpe;
};

/// One result of one script. `output` is the text before any escaping; `structured` is absent when the script gave
/// text alone.
struct ScriptResult {
  std::string id;
  std::string output;
  std::optional<Value> structured;
};

/// Owns what it points to; a copy of it owns a copy.
template <class T>
struct Owned : std::unique_ptr<T> {
  using std::unique_ptr<T>::unique_ptr;
  using std::unique_ptr<T>::operator=;
  Owned(std::unique_ptr<T> other) noexcept : std::unique_ptr<T>(std::move(other)) {}
  Owned(Owned&&) noexcept = default;
  Owned& operator=(Owned&&) noexcept = default;
  Owned(const Owned& other) : std::unique_ptr<T>(other ? std::make_unique<T>(*other) : nullptr) {}
  Owned& operator=(const Owned& other) { return *this = Owned(other); }
};

struct PortDetail {
  std::optional<Service> service;     ///< when known better than from the table of services
  std::vector<ScriptResult> scripts;  ///< sorted by id
};

/// One scanned port.
struct PortReport {
  std::uint16_t number = 0;
  Protocol protocol = Protocol::Tcp;
  PortState state = PortState::Closed;
  Reason reason = Reason::None;
  std::int16_t reason_ttl = 0;  ///< of the answer, 0 to 255; 0 if unknown
  std::string table_service;    ///< its name in nmap-services, "" if none
  Owned<PortDetail> detail;     ///< absent if the port has none
};

struct RoundTrip {
  Microseconds srtt{0}, rttvar{0}, timeout{0};
};

/// One host from its first probe to its last script; written as soon as the host is done.
struct HostReport {
  Address address;
  std::string target_name;               ///< the name the user gave, "" if an address was given
  std::string reverse_name;              ///< from DNS, "" if none
  std::vector<Address> other_addresses;  ///< of target_name, not scanned
  bool up = false;
  Reason reason = Reason::None;
  int reason_ttl = 0;
  std::string mac;           ///< of a host on the link, 6 raw bytes; "" if unknown
  std::string mac_vendor;    ///< "" if unknown
  bool listed_only = false;  ///< by -sL: neither up nor down is known
  bool timed_out = false;    ///< by --host-timeout; what was found until then is kept
  std::string incomplete;    ///< why its scan or scripts did not end, or what could not be sent; "" if all is there
  bool ports_scanned = false;
  std::optional<RoundTrip> times;  ///< absent when nothing was measured
  WallTime start, end;
  std::vector<PortReport> ports;      ///< every scanned port, by protocol, then number
  std::vector<ScriptResult> scripts;  ///< of host rules, sorted by id
};

/// Where a script ran: no address for pre and post rules, no port for host rules.
struct ScriptPlace {
  std::string phase;  ///< "prerule", "hostrule", "portrule", "postrule"
  std::optional<Address> address;
  std::string target_name;
  std::optional<std::uint16_t> port;
  Protocol protocol = Protocol::Tcp;
};

enum class TraceDirection : std::uint8_t { None, Sent, Received };

namespace event {

/// First of all, before anything is sent.
struct RunStarted {
  std::vector<std::string> arguments;  ///< the command line
  int verbosity = 0, debugging = 0;
  struct Scan {
    std::string type;  ///< "connect", "udp"
    Protocol protocol = Protocol::Tcp;
    std::size_t port_count = 0;
    std::string ports;  ///< "7001-7002,80"
  };
  std::vector<Scan> scans;
};
struct TargetSkipped {
  std::string specification, reason;
};
struct TaskStarted {
  std::string task, extra;
};
struct TaskProgress {
  std::string task;
  double percent = 0;
  std::size_t remaining = 0;
  WallTime etc;
};
struct TaskEnded {
  std::string task, extra;
  std::chrono::milliseconds elapsed{0};
};
struct HostStarted {
  Address address;
  std::string target_name;
};
/// An open port, told as soon as it is known (the report of its host comes later).
struct PortDiscovered {
  Address address;
  std::uint16_t number = 0;
  Protocol protocol = Protocol::Tcp;
};
/// Version detection has decided about a port. Not told of ports that keep the name of the table unprobed.
struct ServiceDetected {
  Address address;
  std::uint16_t number = 0;
  Protocol protocol = Protocol::Tcp;
  Service service;
  std::string probe;         ///< whose response matched; "" if none did
  std::uint32_t line = 0;    ///< that matched, in the file of service probes; 0 if none did
  std::size_t attempts = 0;  ///< connections that were opened
  std::chrono::microseconds elapsed{0};
};
struct ScriptStarted {
  std::string id;
  ScriptPlace place;
};
enum class Outcome : std::uint8_t { Silent, Result, Failed, TimedOut, Killed };
/// Why Outcome::Killed: None if the run or its host ended first.
enum class KillCause : std::uint8_t { None, CpuBudget, Memory, Deadlock };
/// One script instance is over. `result` is there for Outcome::Result, and for Failed when a line stands in the report;
/// `message` tells why it failed, `traceback` how it got there, `waited_for` the operation in which it was ended,
/// `thread` which thread that was, in the words of stdnse.getinfo ("M:55d0c8a7e2b8", a worker's with W), as scripts'
/// own debugging lines name it.
struct ScriptFinished {
  std::string id;
  ScriptPlace place;
  Outcome outcome = Outcome::Silent;
  std::optional<ScriptResult> result;
  std::string message, traceback, waited_for, thread;
  std::chrono::microseconds elapsed{0};
  KillCause cause = KillCause::None;
};
/// A worker of a script (stdnse.new_thread) failed or was ended. The script itself may never notice. Told in the same
/// way, without a result. A worker that ends without an error has no event.
struct ChildThreadFailed {
  ScriptFinished worker;
};
/// No event could wake any script thread. Has all threads that waited. Those whose slots or mutexes others wait for are
/// killed.
struct DeadlockFound {
  struct Thread {
    std::string id, thread;  ///< as in ScriptFinished
    ScriptPlace place;
    std::string waited_for, traceback;
  };
  std::vector<Thread> threads;
};
/// The ports of a host are known and its scripts begin: its report as it stands, a copy that is not changed later.
/// Shown nowhere; for an observer that has to report the host if its HostFinished never comes.
struct HostScanned {
  std::shared_ptr<const HostReport> report;
};
/// A host has finished before others that were given before it, and reports keep the order of the targets (-sn, -sL):
/// its HostFinished follows after at most five seconds. For formats that need no order.
struct HostWaits {
  std::shared_ptr<const HostReport> report;
};
/// A host is done, and its turn in the reports has come. Shared, because a report is not copied.
struct HostFinished {
  std::shared_ptr<const HostReport> report;
  bool waited = false;  ///< a HostWaits came before
};
/// Results of the scripts before and after the hosts.
struct PhaseFinished {
  bool before = true;
  std::vector<ScriptResult> scripts;
};
/// A line for the user. The sender has checked that the levels of -v and -d ask for it.
enum class LogTo : std::uint8_t { Output, Error };
struct Log {
  LogTo to = LogTo::Output;
  std::string text;
  int verbosity = 0;  ///< the level of -v that asks for the line; 0: -d, a trace, a script or the user's command does
};
/// A line for standard error about what the run goes on in spite of: `text` behind "Warning: ".
inline Log warning(const std::string& text) { return {LogTo::Error, "Warning: " + text}; }
/// Answer to --stats-every and SIGUSR1.
struct Stats {
  std::chrono::milliseconds elapsed{0};
  std::size_t hosts_done = 0, hosts_up = 0, hosts_open = 0;
  std::size_t threads = 0, waiting_for_slot = 0, waiting_for_network = 0;
  std::string oldest;  ///< "http-title against 127.0.0.1:80 waits 3.2 s for receive"
};
/// From now on the run, its scripts and its reports go by these levels.
struct LevelsChanged {
  int verbosity = 0, debugging = 0;
};
/// Last of all, however the run ended. `error` is empty if it came to its end; else why it did not, a stop() included.
struct RunFinished {
  std::chrono::milliseconds elapsed{0};
  std::size_t hosts_up = 0, hosts_down = 0, hosts_total = 0;
  std::size_t scripts_left_out = 0;  ///< broken ones that a category or directory brought
  bool only_help = false;            ///< --script-help: nothing was scanned
  std::string error;
  std::size_t unknown_services = 0;  ///< open ports whose service no script and no detection showed, without -sV
  std::size_t scripts_stopped = 0;   ///< script threads that exceeded --script-burst or --script-memory
  std::string not_sent{};  ///< why probes could not be sent, so that ports or hosts are unknown; empty if all were
};

}  // namespace event

/// One thing that happened, and when.
struct Event {
  WallTime time;
  std::variant<event::RunStarted, event::TargetSkipped, event::TaskStarted, event::TaskProgress, event::TaskEnded,
               event::HostStarted, event::PortDiscovered, event::ServiceDetected, event::ScriptStarted,
               event::ScriptFinished, event::ChildThreadFailed, event::DeadlockFound, event::HostScanned,
               event::HostWaits, event::HostFinished, event::PhaseFinished, event::Log, event::Stats,
               event::LevelsChanged, event::RunFinished>
      what;
};

/// "up", "down" or "unknown": the last with -sL, and if a probe that was to find the host could not be sent.
SLUICE_EXPORT std::string_view status_text(const HostReport& host);

/// Returns "AA:BB:CC:DD:EE:FF" for 6 raw bytes.
SLUICE_EXPORT std::string mac_text(std::string_view mac);

/// "Nmap scan report for NAME (IP)": the name a report calls a host by; the user's name first, else the reverse one.
SLUICE_EXPORT std::string display_name(const HostReport& host);

}  // namespace sluice
