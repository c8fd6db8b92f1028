// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <sluice/options.hpp>
#include <sluice/report.hpp>
#include <unordered_set>
#include <vector>

#include "base/intrusive_list.hpp"
#include "core/deadlines.hpp"
#include "engine/event_stream.hpp"
#include "engine/scan_plan.hpp"
#include "engine/script_run.hpp"
#include "engine/target_feed.hpp"
#include "engine/vendors.hpp"
#include "net/resolver.hpp"
#include "net/routing.hpp"
#include "nse/runtime/runtime.hpp"
#include "scan/port_scan.hpp"

namespace sluice::engine {

/// The parts of a shard that its hosts use. All must outlive the hosts.
struct HostTools {
  const Options& options;
  const ScanPlan& plan;
  EventStream& events;
  const net::Routing& routing;
  net::Resolver& resolver;
  core::Deadlines& deadlines;
  scan::PortScan& scan;
  service::Detector* detector;  ///< null: no version detection
  nse::Runtime* runtime;        ///< null: no scripts
  StartRound* starts;           ///< null if `runtime` is null
  const ScriptSet& scripts;
  Tasks& tasks;
  Vendors& vendors;
  std::size_t lookups = 0;  ///< pending look-ups of host names
};

struct DueTag;
struct ArrivalTag;

/// The host run of one host: discovery, port scan with the look-up of its name, version detection, scripts in their run
/// levels, report. Its callbacks only record what has happened and put the host into the due list; update() then
/// continues it. Owned by a HostWindow, which calls update() outside of all callbacks. Not thread-safe.
class HostRun final : public nse::ScriptHost,
                      public scan::HostObserver,
                      public service::DetectionObserver,
                      public ListNode<DueTag>,
                      public ListNode<ArrivalTag>,
                      private core::Expirable {
 public:
  using DueList = IntrusiveList<HostRun, DueTag>;
  enum class Stage : std::uint8_t {
    Discovering,
    Arrived,   ///< up, or assumed to be up; waits for open()
    Naming,    ///< not to be scanned; waits for its name
    Scanning,  ///< port scan, if there is one, and look-up of its name
    Detecting,
    Scripting,
    Done,
  };

  /// `tools` and `due` must outlive the host.
  HostRun(HostTools& tools, DueList& due, Target target);
  ~HostRun() override;

  /// Starts the discovery. Without discovery, continues with the next stage. `named`: completion of the look-up of the
  /// host's name; the window passes the reply to named().
  void start(core::Completion named);
  /// Starts the port scan and all that follows it. REQUIRES: Stage::Arrived.
  void open();
  /// Continues the host run as far as possible. In Stage::Arrived the host waits for open(), in Stage::Done for
  /// finish().
  void update();
  /// Ends the host run early: cancels its probes, kills its script threads with `outcome`, and keeps the results so
  /// far. `why`: goes into HostReport::incomplete.
  void break_off(event::Outcome outcome, const std::string& why);
  /// Adds `why` to HostReport::incomplete, unless the host is done or waits only for its name. `interrupted`: the run
  /// ends.
  void mark_incomplete(const std::string& why, bool interrupted);
  /// Emits the host report. REQUIRES: this is the last call before the destructor.
  void finish();

  /// Handles the reply to the look-up of its name.
  void named(const core::Reply& reply);
  /// Handles the end of one of its script threads. `result`: empty if there is none.
  void script_ended(const nse::ScriptThread& thread, const std::optional<ScriptResult>& result);
  /// Returns the number of open ports whose service is only assumed (event::RunFinished::unknown_services).
  [[nodiscard]] std::size_t unknown_services() const;

  [[nodiscard]] Stage stage() const noexcept { return stage_; }
  [[nodiscard]] core::ThreadId id() const noexcept { return name_lookup_.ticket.thread; }
  /// True if open() was called.
  [[nodiscard]] bool opened() const noexcept { return opened_; }
  /// True if a look-up of its name is pending.
  [[nodiscard]] bool naming() const noexcept { return naming_; }
  /// Returns the completed part of the host run, 0 to 1. Port scan, version detection and scripts have equal weights,
  /// if the run has them.
  [[nodiscard]] double progress() const;

 private:
  void on_port_open(scan::HostId host, std::uint16_t port, Protocol protocol) override;
  void on_ports_settled(scan::HostId host, const scan::HostResult& so_far, bool all) override;
  void on_host_done(scan::HostId host, scan::HostResult result) override;
  void on_detected(service::HostId host, std::size_t port, service::Detected detected) override;
  void on_host_detected(service::HostId host) override;
  void expired(std::uint64_t cookie) override;

  void add_incomplete(const std::string& why);
  void mark_due();
  /// Takes the state of the host from an earlier attempt of the run. Returns false if it is not known.
  bool take_earlier_state();
  void discover();
  void discovered();
  void take_mac(std::string mac);
  void start_scan();
  /// True if a port scan is wanted and its ports are not in the report yet.
  [[nodiscard]] bool awaits_ports() const;
  /// Returns the ports of the plan whose states are not known from an earlier attempt of the run.
  [[nodiscard]] std::vector<std::uint16_t> unknown_ports(const std::vector<std::uint16_t>& wanted,
                                                         Protocol protocol) const;
  [[nodiscard]] PortReport port_report(const scan::ScannedPort& found) const;
  /// Emits event::PortsScanned with these ports.
  void emit_ports(std::vector<PortReport> ports, const std::optional<RoundTrip>& times, bool all) const;
  /// Adds the ports of an earlier attempt, and sorts.
  void add_earlier_ports(std::vector<PortReport>& ports) const;
  // Both put the ports into the report, in the order by protocol and number.
  void take_ports(const scan::HostResult& result);
  void take_known_ports();
  /// Takes the services that an earlier attempt of the run has detected.
  void take_earlier_services();
  void look_up_name();
  /// Starts version detection. Returns false if no port is to be detected.
  bool begin_detection();
  void begin_scripts();
  [[nodiscard]] bool is_script_target() const;

  HostTools& tools_;
  DueList& due_;
  std::shared_ptr<HostReport> report_ = std::make_shared<HostReport>();
  std::vector<model::KnownPort> known_ports_;
  const EarlierRun::Unfinished* const earlier_;  ///< from an earlier attempt of the run; may be null
  TargetPlace place_;
  Stage stage_ = Stage::Discovering;
  bool opened_ = false;
  bool on_link_ = false;  ///< the host is on an Ethernet link; false if the scan plan does not ask for it
  bool naming_ = false;
  bool timed_out_ = false;
  core::Completion name_lookup_;
  scan::HostId job_;
  service::HostId detection_;
  std::vector<std::uint32_t> detected_ports_;  ///< indices in HostReport::ports of the ports in version detection
  scan::HostResult found_;                     ///< result of the discovery or port scan that has ended
  core::Deadlines::Id timeout_;
  std::optional<ScriptRun> script_run_;
  bool entered_ = false;
  std::unordered_set<const PortReport*> scripted_;  ///< ports for which the action of a script has run
};

}  // namespace sluice::engine
