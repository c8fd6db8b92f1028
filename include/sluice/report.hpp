// SPDX-License-Identifier: Apache-2.0
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

// Reports and events. An engine emits events to its Observer; reports are parts of events. All outputs of the command
// are made from these events. Events and reports own all that they refer to, so they may be kept after the engine has
// been destroyed. docs/ndjson.md describes the same events as JSON.

namespace sluice {

using WallTime = std::chrono::system_clock::time_point;
using Microseconds = std::chrono::microseconds;

enum class Protocol : std::uint8_t { Tcp, Udp, Sctp };

/// State of a port. The order of the values is the one in which Nmap lists states with equal numbers of ports.
enum class PortState : std::uint8_t {
  Open,
  Closed,
  Filtered,
  Unfiltered,
  OpenFiltered,
  ClosedFiltered,
  Unknown  ///< the port was not probed, because no probe could be sent (Reason::NotSent)
};

/// Why a port or a host has its state. The names are those of Nmap.
enum class Reason : std::uint8_t {
  None,               ///< no reason, as for the hosts of -sL
  UserSet,            ///< the options say so: -Pn, --targets-from
  LocalhostResponse,  ///< the address is one of this machine
  SynAck,             ///< a TCP connection was made
  ConnRefused,
  NoResponse,
  Reset,
  HostUnreach,
  NetUnreach,
  AdminProhibited,
  PortUnreach,
  UdpResponse,
  ScriptSet,  ///< a script called nmap.set_port_state
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

/// Returns the name that reports use: "tcp". Thread-safe.
SLUICE_EXPORT std::string_view to_text(Protocol protocol);
/// Returns the name that reports use: "open|filtered". Thread-safe.
SLUICE_EXPORT std::string_view to_text(PortState state);
/// Returns the name that reports use: "conn-refused"; "" for Reason::None. Thread-safe.
SLUICE_EXPORT std::string_view to_text(Reason reason);
/// Return the value with this name; nothing if there is none. Names are in lower case. Thread-safe.
SLUICE_EXPORT std::optional<Protocol> parse_protocol(std::string_view text);
SLUICE_EXPORT std::optional<PortState> parse_port_state(std::string_view text);
SLUICE_EXPORT std::optional<Reason> parse_reason(std::string_view text);

/// The service of a port, from version detection, from a script, or from the input of --targets-from.
struct Service {
  /// "" means unknown. `hostname`, `ostype`, `devicetype`: what the service reports about its machine. `fingerprint`:
  /// of a service that no pattern matched, or only a pattern for its kind.
  std::string name, product, version, extrainfo, hostname, ostype, devicetype, fingerprint;
  bool tls = false;              ///< the service is inside a TLS tunnel
  bool probed = false;           ///< a probe or a script has determined `name`; false: it comes from the port number
  int confidence = 3;            ///< 0 to 10; 3: from the port number, 8: "tcpwrapped", 10: determined
  std::vector<std::string> cpe;  ///< "cpe:/a:vendor:product:version"
};

/// The result of one script instance.
struct ScriptResult {
  std::string id;                   ///< for example "http-title"
  std::string output;               ///< the text, as the script returned it; any bytes
  std::optional<Value> structured;  ///< empty if the script returned text only
};

/// Owning pointer. A copy of the pointer owns a copy of the object.
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

/// The parts of a PortReport that few ports have.
struct PortDetail {
  std::optional<Service> service;     ///< empty if only PortReport::table_service is known
  std::vector<ScriptResult> scripts;  ///< results of port rules, sorted by id
};

/// One port of a host.
struct PortReport {
  std::uint16_t number = 0;
  Protocol protocol = Protocol::Tcp;
  PortState state = PortState::Closed;
  Reason reason = Reason::None;
  std::int16_t reason_ttl = 0;  ///< time to live of the answer, 0 to 255; 0 if unknown
  std::string table_service;    ///< service of this port number in nmap-services; "" if there is none
  Owned<PortDetail> detail;     ///< null if there is neither a service nor a result
};

/// Round trip times to a host.
struct RoundTrip {
  Microseconds srtt{0}, rttvar{0}, timeout{0};  ///< smoothed time, its variation, timeout of the next probe
};

/// The report of one host.
struct HostReport {
  Address address;
  std::string target_name;               ///< host name that the user gave; "" if the user gave an address
  std::string reverse_name;              ///< name of the address from DNS; "" if unknown or not looked up
  std::vector<Address> other_addresses;  ///< further addresses of target_name, which are not scanned
  bool up = false;
  Reason reason = Reason::None;  ///< why the host is up or down
  int reason_ttl = 0;            ///< time to live of the answer; 0 if unknown
  std::string mac;               ///< address of a host on the link, 6 bytes; "" if unknown
  std::string mac_vendor;        ///< vendor of `mac`; "" if unknown
  bool listed_only = false;      ///< the run only lists targets (-sL), so `up` has no meaning
  bool timed_out = false;        ///< --host-timeout has expired; the report has the results so far
  /// Why the scan or the scripts did not reach their end, or which probes could not be sent. "" if the report is
  /// complete.
  std::string incomplete;
  bool interrupted = false;           ///< the run ended before the host had finished; implies `incomplete`
  bool ports_scanned = false;         ///< the ports were scanned; false also for --targets-from
  std::optional<RoundTrip> times;     ///< empty if nothing was measured
  WallTime start, end;                ///< of the host run; `end` is the epoch until the host has finished
  std::vector<PortReport> ports;      ///< the scanned ports, or those of --targets-from, by protocol and number
  std::vector<ScriptResult> scripts;  ///< results of host rules, sorted by id
};

/// Identifies what a script instance runs for.
struct ScriptPlace {
  std::string phase;                  ///< "prerule", "hostrule", "portrule" or "postrule"
  std::optional<Address> address;     ///< of the host; empty for prerules and postrules
  std::string target_name;            ///< as in HostReport
  std::optional<std::uint16_t> port;  ///< empty if `phase` is not "portrule"
  Protocol protocol = Protocol::Tcp;  ///< of `port`
};

namespace event {

/// The first event. Nothing has been sent to a target yet.
struct RunStarted {
  std::vector<std::string> arguments;  ///< Options::command_line
  int verbosity = 0, debugging = 0;
  struct Scan {
    std::string type;  ///< "connect" or "udp"; another word if the report of another program is read
    Protocol protocol = Protocol::Tcp;
    std::size_t port_count = 0;
    std::string ports;  ///< ascending numbers and ranges: "80,7001-7002"
  };
  std::vector<Scan> scans;           ///< one per protocol; empty if no ports are scanned
  std::vector<std::string> typed{};  ///< Options::typed_command_line
};
/// The run goes on where an earlier attempt has left it (Options::earlier). The first event, in place of RunStarted.
/// Reports do not show it: they have the events of the earlier attempts.
struct RunResumed {
  std::size_t attempt = 2;   ///< number of this attempt; the first one has begun with RunStarted
  std::uint64_t events = 0;  ///< number of events of the earlier attempts that are known (EarlierRun::events)
  int verbosity = 0, debugging = 0;
};
/// A signal has ended the process of the attempt before, in code of a script: a fault in C. For observers that continue
/// a run; writers ignore the event.
struct ScriptCrashed {
  std::string id;
  std::optional<Address> address;  ///< of the host; empty for prerules and postrules
  std::string signal;              ///< "SIGSEGV"
};
/// The addresses of a name that is a target are known. For observers that continue a run; writers ignore the event.
struct TargetResolved {
  std::string name;                ///< as it was written
  std::vector<Address> addresses;  ///< in the order of the answer
};
/// Targets were read from an input that may not give them again: standard input, a pipe, or a file of at most 16 MiB
/// (-iL, --targets-from). For observers that continue a run; writers ignore the event.
struct TargetsRead {
  std::string text;  ///< a part of the input, as it was read
};
/// Scripts have added targets (nmap.add_targets). For observers that continue a run; writers ignore the event.
struct TargetsAdded {
  std::vector<std::string> specifications;  ///< those that are new
};
/// A target is not scanned, because its name does not resolve or its text cannot be read. An event::Log with the reason
/// precedes the event.
struct TargetSkipped {
  std::string specification,  ///< the target or the line, as it was written; "" if the error is not in a single line
      reason;                 ///< one line; names the file and the number of the line, if there are any
};

/// The first host has started a task. A task is an activity that many hosts do at the same time: "Ping Scan", "Connect
/// Scan", "UDP Scan", "Connect and UDP Scan", "Service scan" or "NSE". It can start and end several times in a run.
struct TaskStarted {
  std::string task,  ///< name of the task
      extra;         ///< further information; may be ""
};
/// How much of the current phase is done. The phases are pre-scan, hosts and post-scan. Emitted every
/// Options::progress_every, if -v or Options::watched_after is set, and after Engine::report_stats. Not emitted if the
/// end of the phase cannot be estimated.
struct TaskProgress {
  std::string task;           ///< name of the task that most hosts do now
  double percent = 0;         ///< completed part of the phase; 0 to 99.99
  std::size_t remaining = 0;  ///< estimated number of seconds until the end of the phase
  WallTime etc;               ///< estimated end of the phase
};
/// The last host has ended a task.
struct TaskEnded {
  std::string task,                      ///< name of the task
      extra;                             ///< further information, for example "1000 total ports"; may be ""
  std::chrono::milliseconds elapsed{0};  ///< duration since TaskStarted
};
/// The engine has started to process a host.
struct HostStarted {
  Address address;
  std::string target_name;  ///< as in HostReport
};
/// A scan or a script has found an open port. Emitted at once; the host report follows when the host has finished. Not
/// emitted for ports of --targets-from.
struct PortDiscovered {
  Address address;
  std::uint16_t number = 0;
  Protocol protocol = Protocol::Tcp;
};
/// Version detection (-sV) has decided a port. Emitted at once; other ports of the host may still be probed. Not
/// emitted for ports that are not probed: excluded ports, and ports of --targets-from that came with a detected
/// service.
struct ServiceDetected {
  Address address;
  std::uint16_t number = 0;
  Protocol protocol = Protocol::Tcp;
  Service service;           ///< if no probe gave a name, the name comes from the port number
  std::string probe;         ///< name of the service probe whose response matched; "" if none did
  std::uint32_t line = 0;    ///< number of the matching line in the file of service probes; 0 if none matched
  std::size_t attempts = 0;  ///< number of connections that were opened to the port
  std::chrono::microseconds elapsed{0};  ///< from the first of these to the decision
};
/// The action of a script instance starts, because its rule has returned true or the script is forced ("+"). Not
/// emitted for child threads.
struct ScriptStarted {
  std::string id;
  ScriptPlace place;
};
/// How a script instance ended.
enum class Outcome : std::uint8_t {
  Silent,    ///< returned no result, or was ended by stdnse.silent_require or the handler of nmap.new_try
  Result,    ///< returned a result
  Failed,    ///< raised an error
  TimedOut,  ///< --script-timeout or --host-timeout expired
  Killed     ///< exceeded a limit, was part of a deadlock, or called os.exit; or its host or the run ended first
};
/// Why a script instance was killed. None for os.exit, and if its host or the run ended first.
enum class KillCause : std::uint8_t {
  None,
  CpuBudget,  ///< --script-burst
  Memory,     ///< --script-memory
  Deadlock
};
/// A script instance has ended. Not emitted if its rule returned false, and not for child threads.
struct ScriptFinished {
  std::string id;
  ScriptPlace place;
  Outcome outcome = Outcome::Silent;
  /// With Outcome::Result, the result. With Outcome::Failed and Outcome::Killed, the line that the report shows
  /// instead; empty if it shows none.
  std::optional<ScriptResult> result;
  std::string message,  ///< the error, or why the instance was killed; may be ""
      traceback,        ///< Lua call stack at the error or kill; "" if there is none
      waited_for,       ///< operation that was pending, for example "receive"; "" if none was
      thread;  ///< name of a script thread that failed: "M:7", or "W:8" for a child thread; "" if it did not fail
  std::chrono::microseconds elapsed{0};  ///< since the start of the instance, its rule included
  KillCause cause = KillCause::None;
  bool unreported = false;  ///< the report of the host lacks the result: a port rule that -sV alone has chosen
};
/// A child thread (stdnse.new_thread) failed, or was killed for a fault of its own. Its script may not notice this. A
/// child thread that ends in any other way has no event.
struct ChildThreadFailed {
  ScriptFinished worker;  ///< without a result
};
/// No event can wake any script thread. Script threads are then killed one by one, holders of slots or mutexes first,
/// until one can run.
struct DeadlockFound {
  struct Thread {
    std::string id, thread;  ///< id of the script; name of the thread as in ScriptFinished
    ScriptPlace place;
    std::string waited_for, traceback;  ///< as in ScriptFinished
  };
  std::vector<Thread> threads;  ///< all waiting script threads, sorted by id
};
/// The states of ports of a host whose port scan goes on, or has ended and version detection follows. Not emitted for
/// a host that finishes soon. For observers that continue a run; writers ignore the event.
struct PortsScanned {
  std::shared_ptr<const HostReport> report;  ///< what is known of the host, with the ports that no earlier event has
  bool all = false;                          ///< the report has the ports of the earlier events, too
};
/// The scripts of a host start. For an observer that must report the host even if the process ends before HostFinished.
/// Writers ignore the event.
struct HostScanned {
  std::shared_ptr<const HostReport> report;  ///< a copy of the report so far; does not change
};
/// A host has finished, but its HostFinished follows later, after at most five seconds. With -sn and -sL, HostFinished
/// events have the order of the targets. For observers that do not need this order.
struct HostWaits {
  std::shared_ptr<const HostReport> report;  ///< does not change any more
};
/// A host has finished. With -sn and -sL, these events have the order of the targets, and HostWaits may come before.
struct HostFinished {
  std::shared_ptr<const HostReport> report;  ///< does not change any more
  bool waited = false;                       ///< true if HostWaits has been emitted for this host
};
/// The scripts of the pre-scan or post-scan phase have ended. Not emitted for a phase without scripts.
struct PhaseFinished {
  bool before = true;                 ///< true: pre-scan; false: post-scan
  std::vector<ScriptResult> scripts;  ///< sorted by id
  bool interrupted = false;           ///< the run ended before the scripts had ended
};
/// Where a log line appears: in the text report of the terminal, or on standard error.
enum class LogTo : std::uint8_t { Output, Error };
/// One or more lines for the user. Emitted only if the levels of -v and -d permit them.
struct Log {
  LogTo to = LogTo::Output;
  std::string text;   ///< without a line feed at its end
  int verbosity = 0;  ///< the level of -v at which the line appears; 0 if it does not depend on -v
};
/// Returns the log line "Warning: TEXT" for standard error. For a problem that does not end the run.
inline Log warning(const std::string& text) { return {LogTo::Error, "Warning: " + text}; }
/// Counters of the run. Emitted at each Options::stats_every, after Engine::report_stats, and in place of a
/// TaskProgress if the end of the run cannot be estimated.
struct Stats {
  std::chrono::milliseconds elapsed{0};  ///< since the start of the run
  std::size_t hosts_done = 0,            ///< finished hosts
      hosts_up = 0,                      ///< hosts that are up, finished or not
      hosts_open = 0;                    ///< unfinished hosts
  std::size_t threads = 0,               ///< script threads
      waiting_for_slot = 0,              ///< script threads and connections of version detection that wait for a slot
      waiting_for_network = 0;           ///< script threads that wait neither for a slot nor for another script thread
  std::string oldest;  ///< the longest wait: "http-title against 127.0.0.1:80 waits 3.2 s for receive"; "" if none
};
/// Engine::set_levels has taken effect.
struct LevelsChanged {
  int verbosity = 0, debugging = 0;  ///< the new levels
};
/// The last event of every run.
struct RunFinished {
  std::chrono::milliseconds elapsed{0};                       ///< since the start of the run
  std::size_t hosts_up = 0, hosts_down = 0, hosts_total = 0;  ///< finished hosts; the total includes unknown ones
  std::size_t scripts_left_out = 0;  ///< broken scripts that a category or a directory selected; they did not run
  bool only_help = false;            ///< --script-help: nothing was scanned
  std::string error;                 ///< why the run ended early: stop(), or a failure; "" if it reached its end
  /// Open ports whose service is only assumed from the port number. 0 with -sV, and if no script has a port rule.
  std::size_t unknown_services = 0;
  std::size_t scripts_stopped = 0;  ///< script threads that exceeded --script-burst or --script-memory
  std::string not_sent{};  ///< why probes could not be sent, so that ports or hosts are unknown; "" if all were sent
};

}  // namespace event

/// An event and its time. Times do not decrease, unless the clock of the system is set.
struct Event {
  WallTime time;
  std::variant<event::RunStarted, event::RunResumed, event::ScriptCrashed, event::TargetsRead, event::TargetResolved,
               event::TargetsAdded, event::TargetSkipped, event::TaskStarted, event::TaskProgress, event::TaskEnded,
               event::HostStarted, event::PortDiscovered, event::ServiceDetected, event::ScriptStarted,
               event::ScriptFinished, event::ChildThreadFailed, event::DeadlockFound, event::PortsScanned,
               event::HostScanned, event::HostWaits, event::HostFinished, event::PhaseFinished, event::Log,
               event::Stats, event::LevelsChanged, event::RunFinished>
      what;
};

/// Adds the result of a script to the report of its host: behind the results whose ids are not greater. No effect if
/// the report lacks the port. Not thread-safe.
SLUICE_EXPORT void add_result(HostReport& host, const ScriptPlace& place, ScriptResult result);

/// Returns the port of a report; adds it as an open one if the report lacks it. Keeps the order of the ports. The
/// reference is valid until ports are added. Not thread-safe.
SLUICE_EXPORT PortReport& port_of(HostReport& host, Protocol protocol, std::uint16_t number);

/// Adds what is newly known of an unfinished host (event::PortsScanned, event::HostScanned) to its report. The start
/// and the services of its ports stay, unless `news` has others. Linear in the ports of both. Not thread-safe.
SLUICE_EXPORT void add_state(HostReport& host, const HostReport& news);

/// Returns "up", "down" or "unknown". A host is unknown if it is only listed (-sL), or if a probe for its discovery
/// could not be sent and no other one was answered. Thread-safe.
SLUICE_EXPORT std::string_view status_text(const HostReport& host);

/// Returns 6 bytes as "AA:BB:CC:DD:EE:FF". Thread-safe.
SLUICE_EXPORT std::string mac_text(std::string_view mac);

/// Returns the name of a host in reports: "NAME (ADDRESS)", or "ADDRESS" if it has no name. NAME is
/// HostReport::target_name, otherwise HostReport::reverse_name. Thread-safe.
SLUICE_EXPORT std::string display_name(const HostReport& host);

}  // namespace sluice
