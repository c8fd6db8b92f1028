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

/// What every host is dealt with by. All of it outlives the hosts.
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
  StartRound* starts;           ///< null with the runtime
  const ScriptSet& scripts;
  Tasks& tasks;
  Vendors& vendors;
  std::size_t lookups = 0;  ///< of names, under way
};

struct DueTag;
struct ArrivalTag;

/// One host from its first probe to its report: discovery, port scan and its name, detection, scripts level by level.
/// What happens to it only marks it as due; update() moves it on, called by its window from outside of everything
/// else.
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
    Arrived,   ///< found up (or taken to be), not begun
    Naming,    ///< not to be scanned, but its name is wanted
    Scanning,  ///< and being named
    Detecting,
    Scripting,
    Done,
  };

  HostRun(HostTools& tools, DueList& due, Target target);
  ~HostRun() override;

  /// Begins with the discovery or what comes instead. `named`: where its name goes, for the window to pass on.
  void start(core::Completion named);
  /// Found up: its port scan and all that follows.
  void open();
  /// Moves on as far as it can; Stage::Arrived waits for open(), Stage::Done for finish().
  void update();
  /// Takes what is there as the end: threads are killed, probes given up. The report says `why` it is incomplete.
  void break_off(event::Outcome outcome, const std::string& why);
  /// Marks the report of a host that is not done.
  void mark_incomplete(const std::string& why);
  /// Tells its report. The last call.
  void finish();

  void named(const core::Reply& reply);
  void script_ended(const nse::ScriptThread& thread, const std::optional<ScriptResult>& result);
  /// Open ports that no port script ran for, where some could have and services were not detected.
  [[nodiscard]] std::size_t unknown_services() const;

  [[nodiscard]] Stage stage() const noexcept { return stage_; }
  [[nodiscard]] core::ThreadId id() const noexcept { return name_lookup_.ticket.thread; }
  /// Has open() been called?
  [[nodiscard]] bool opened() const noexcept { return opened_; }
  /// Is a look-up of its name on the way?
  [[nodiscard]] bool naming() const noexcept { return naming_; }
  /// How much of it is done, 0 to 1: scan, detection and scripts count the same, where they are wanted.
  [[nodiscard]] double progress() const;

 private:
  void on_port_open(scan::HostId host, std::uint16_t port, Protocol protocol) override;
  void on_host_done(scan::HostId host, scan::HostResult result) override;
  void on_detected(service::HostId host, std::size_t port, service::Detected detected) override;
  void on_host_detected(service::HostId host) override;
  void expired(std::uint64_t cookie) override;

  /// Adds a reason to the report's, and so marks it as incomplete.
  void add_incomplete(const std::string& why);
  void mark_due();
  void discover();
  void discovered();
  /// Enters the MAC address of a host on the link in the report.
  void take_mac(std::string mac);
  void start_scan();
  /// Has a scan that was wanted not delivered its ports yet?
  [[nodiscard]] bool awaits_ports() const;
  /// Both leave the ports by protocol, then number, as they come.
  void take_ports(const scan::HostResult& result);
  void take_known_ports();
  void look_up_name();
  /// Begins the detection of services; false if there is nothing to detect.
  bool begin_detection();
  void begin_scripts();
  [[nodiscard]] bool is_script_target() const;

  HostTools& tools_;
  DueList& due_;
  std::shared_ptr<HostReport> report_ = std::make_shared<HostReport>();
  std::vector<model::KnownPort> known_ports_;
  TargetPlace place_;
  Stage stage_ = Stage::Discovering;
  bool opened_ = false;
  bool on_link_ = false;  ///< an Ethernet neighbour; false if the plan needs no route
  bool naming_ = false;
  bool timed_out_ = false;
  core::Completion name_lookup_;
  scan::HostId job_;
  service::HostId detection_;
  std::vector<std::uint32_t> detected_ports_;  ///< places in the report of the ports of the detection
  scan::HostResult found_;                     ///< of the discovery that has ended
  core::Deadlines::Id timeout_;
  std::optional<ScriptRun> script_run_;
  bool entered_ = false;
  std::unordered_set<const PortReport*> scripted_;  ///< ports that a script ran for
};

}  // namespace sluice::engine
