// SPDX-License-Identifier: Apache-2.0
#include "engine/run.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "engine/changed_files.hpp"
#include "engine/check_options.hpp"
#include "engine/local_places.hpp"
#include "engine/runtime_options.hpp"
#include "engine/script_database.hpp"
#include "engine/script_help.hpp"
#include "net/dns_servers.hpp"
#include "scan/timing.hpp"

// Creation of a run: checks of the options, targets and scripts.

namespace sluice::engine {

namespace {

std::string scan_name(const Options& options) {
  if (!options.udp_scan) return "Connect Scan";
  return options.tcp_scan ? "Connect and UDP Scan" : "UDP Scan";
}

}  // namespace

Result<std::unique_ptr<Engine>> create_run(Options options, Observer& observer,
                                           std::shared_ptr<PlatformPort> platform) {
  if (Result<void> valid = check_options(options); !valid) return valid.error();
  const SystemLimits limits = platform->limits();
  if (Result<void> places = check_local_places(options, *platform); !places) return places.error();
  model::DataFiles files = data_files_of(options, *platform);
  net::PingRights rights;
  if (options.discovery && !options.list_only)
    rights = platform->ping_rights(options.family, platform->privileged(options.privileged));
  Result<ScanPlan> plan = plan_scan(options, files, rights);
  if (!plan) return plan.error();
  if (Result<void> port = check_source_port(options, *plan, *platform); !port) return port.error();
  Result<std::vector<Endpoint>> dns_servers = net::parse_dns_servers(options.dns_servers);
  if (!dns_servers) return dns_servers.error().in("--dns-servers");
  try {
    auto run = std::make_unique<Run>(
        std::move(options), observer,
        Run::Checked{std::move(platform), std::move(files), std::move(*plan), std::move(*dns_servers), limits});
    if (Result<void> opened = run->open(); !opened) return opened.error();
    return std::unique_ptr<Engine>(std::move(run));
  } catch (const std::system_error& failure) {
    return Error{std::string("cannot create an event loop: ") + failure.what(), ErrorCode::ResourceShortage};
  }
}

Run::Run(Options options, Observer& observer, Checked checked)
    : platform_(std::move(checked.platform)),
      options_(std::move(options)),
      clock_(platform_->clock()),
      events_(
          observer, clock_, [this] { stop(); }, options_.verbosity, options_.debugging,
          !options_.shuffle_targets && (options_.list_only || (!options_.port_scan && !options_.targets_from))),
      tasks_{{events_, "Ping Scan", "hosts"},
             {events_, scan_name(options_), "ports"},
             {events_, "Service scan", "services"},
             {events_, "NSE"}},
      phase_task_(events_, "NSE"),
      files_(std::move(checked.files)),
      plan_(std::move(checked.plan)),
      dns_servers_(std::move(checked.dns_servers)),
      budgets_(budgets_for(options_, checked.limits.descriptors, plan_.port_count(), checked.limits.memory)),
      parts_{*platform_,       options_, files_,  plan_,  dns_servers_, arguments_,
             shared_registry_, started_, events_, tasks_, *this,        vendors_},
      driver_(platform_->make_driver()) {
  if (const EarlierRun* const earlier = options_.earlier.get()) {
    events_.add_failures(earlier->failures);
    waited_.up = earlier->hosts_up;
    waited_.down = earlier->hosts_down;
    waited_.total = earlier->hosts_total;
    new_targets_ = earlier->added_targets;
    added_targets_.insert(new_targets_.begin(), new_targets_.end());
  }
  const std::size_t count = shards_for(options_, budgets_, checked.limits);
  for (std::size_t number = 0; number < count; ++number)
    shards_.push_back(
        std::make_unique<Shard>(parts_, share_of(budgets_, count, number == 0), Shard::Position{number, count}));
}

Run::~Run() {
  for (const auto& shard : shards_) shard->stop();
  driver_->join();
  if (!first().has_ports()) return;  // it could not be started, so there is no timer
  core::Deadlines& deadlines = first().ports().deadlines;
  for (const core::Deadlines::Id timer : {stats_timer_, progress_timer_, order_timer_, max_timer_})
    deadlines.cancel(timer);
}

Result<void> Run::open() {
  const std::size_t count = shards_.size();
  for (const std::string& warning : plan_.warnings) events_.warn(warning);
  if (events_.debug()) events_.log(budgets_.why + (count > 1 ? fmt::format(", for {} worker threads", count) : ""));
  if (events_.verbose() && count < options_.workers && !options_.list_only)
    events_.log(fmt::format("--workers {1}: {0} worker threads are used; the limits of slots, hosts, probes and "
                            "descriptors permit no more.",
                            count, options_.workers),
                1);
  first().start();
  Ports& ports = first().ports();
  const auto skipped = [this](std::string specification, std::string reason) {
    target_skipped(std::move(specification), std::move(reason));
  };
  const auto open_input = [&](const std::string& path) { return platform_->open_input(*ports.loop, path); };
  const auto resolved = [this](const std::string& name, const std::vector<Address>& addresses) {
    events_.emit(event::TargetResolved{name, addresses});
  };
  const auto recorded = [this](std::string_view bytes) { events_.emit(event::TargetsRead{std::string(bytes)}); };
  const auto wait = [&] {
    ports.loop->wait(ports.deadlines.next().value_or(kNever));
    first().poll();
  };
  auto feed = TargetFeed::open(options_, {*ports.network, open_input, skipped, resolved, recorded, wait,
                                          [&loop = *ports.loop] { loop.wake(); }, platform_->random_seed()});
  if (!feed) return feed.error();
  feed_ = std::move(*feed);
  if (wants_scripts(options_))
    if (Result<void> opened = open_scripts(); !opened) return opened.error();
  warn_of_changed_files();
  first().open_window();
  return {};
}

void Run::warn_of_changed_files() {
  const EarlierRun* const earlier = options_.earlier.get();
  if (!earlier || !earlier->started) return;
  std::vector<std::string> used;
  for (const auto& ready : first().scripts().scripts()) used.push_back(ready->script.path);
  for (const char* name : {"nmap-services", "nmap-service-probes"})
    if (auto path = files_.find_file(name)) used.push_back(*std::move(path));
  if (options_.exclude_file) used.push_back(*options_.exclude_file);
  for (const auto& targets : {options_.input_list, options_.targets_from})
    if (targets && earlier->input && !changed_since(*earlier->started, {*targets}).empty())
      events_.warn(fmt::format("{} has changed since the run began; the run keeps the targets that it has read",
                               shortened(*targets)));
  const std::vector<std::string> changed = changed_since(*earlier->started, used);
  if (changed.empty()) return;
  events_.warn(fmt::format("{} since the run began: {}. Hosts that have finished keep their results.",
                           changed.size() == 1 ? "a file has changed" : "files have changed", name_some(changed)));
}

Result<void> Run::open_scripts() {
  if (!files_.find_file("nselib/stdnse.lua")) return missing_data("nselib/stdnse.lua");
  Result<Value::Table> arguments = read_script_arguments(options_, files_);
  if (!arguments) return arguments.error();
  arguments_ = std::move(*arguments);
  if (Result<void> opened = first().open_runtime(); !opened) return opened;
  if (events_.debug()) {
    events_.log("NSE: Using Lua 5.4.");
    events_.log("NSE: Arguments from CLI: " + options_.script_args.value_or(""));
  }

  if (options_.update_script_db) {
    events_.log("NSE: Updating rule database.");
    Result<std::string> path =
        update_script_database(files_, *first().runtime(), [this](const std::string& line) { events_.warn(line); });
    if (!path) return path.error();
    events_.log("NSE: Script Database updated successfully.");
    if (events_.verbose()) events_.log("NSE: It is " + *path + ".", 1);
  }
  if (!options_.script_help.empty()) return open_script_help();
  if (!options_.scripts && !options_.versions) return {};

  Result<Shard::Loaded> loaded = first().load_scripts(false);
  if (!loaded) return loaded.error();
  for (const std::string& warning : loaded->warnings) events_.warn(warning);
  left_out_ = loaded->left_out;
  if (events_.debug(2))
    for (const auto& ready : first().scripts().scripts())
      events_.log(fmt::format("NSE: Script {} was selected by {}{}.", ready->script.path, script::to_text(ready->how),
                              ready->forced ? " and forced to run" : ""));
  if (events_.verbose())
    events_.log(fmt::format("NSE: Loaded {} scripts for scanning.", first().scripts().scripts().size()), 1);
  return {};
}

Result<void> Run::open_script_help() {
  Result<ScriptChoice> choice =
      choose_scripts({script::parse_rules(options_.script_help), false, "--script-help"}, files_, *first().runtime());
  if (!choice) return choice.error();
  for (const std::string& warning : choice->warnings) events_.warn(warning);
  left_out_ = choice->left_out;
  std::string help;
  for (const auto& ready : choice->scripts) help += script_help(ready->script);
  if (help.ends_with('\n')) help.pop_back();  // a log line ends with a line feed in any case
  events_.log(std::move(help));
  return {};
}

}  // namespace sluice::engine
