#include "engine/engine.hpp"

#include <fmt/format.h>

#include <random>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "base/text_file.hpp"
#include "engine/local_places.hpp"
#include "engine/script_database.hpp"
#include "engine/script_help.hpp"
#include "net/ping_sockets.hpp"
#include "net/privilege.hpp"
#include "scan/timing.hpp"
#include "script/args.hpp"

namespace sluice {

Result<std::unique_ptr<Engine>> Engine::create(Options options, Observer& observer) {
  const std::size_t descriptors = engine::raise_descriptor_limit();
  if (Result<void> places = engine::check_local_places(options); !places) return places.error();
  model::DataPlaces places = model::process_data_places();
  places.datadir = options.datadir;
  places.services_file = options.services_file;
  places.service_probes_file = options.version_file;
  model::DataFiles files(std::move(places));
  net::PingRights rights;
  if (options.discovery && !options.list_only)
    rights = net::find_ping_rights(options.family, net::is_privileged(options.privileged));
  Result<engine::ScanPlan> plan = engine::plan_scan(options, files, rights);
  if (!plan) return plan.error();
  if (Result<void> port = engine::check_source_port(options, *plan); !port) return port.error();
  Result<std::vector<Endpoint>> dns_servers = net::parse_dns_servers(options.dns_servers);
  if (!dns_servers) return Error{"--dns-servers: " + dns_servers.error().message};
  try {
    auto made = std::make_unique<engine::Run>(std::move(options), observer, std::move(files), std::move(*plan),
                                              std::move(*dns_servers), descriptors);
    if (Result<void> opened = made->open(); !opened) return opened.error();
    return std::unique_ptr<Engine>(std::move(made));
  } catch (const std::system_error& failure) {
    return Error{std::string("the system gives no event loop: ") + failure.what()};
  }
}

namespace engine {

namespace {

std::string scan_name(const Options& options) {
  if (!options.udp_scan) return "Connect Scan";
  return options.tcp_scan ? "Connect and UDP Scan" : "UDP Scan";
}

bool wants_scripts(const Options& options) {
  return options.scripts || options.versions || options.update_script_db || !options.script_help.empty();
}

}  // namespace

Run::Run(Options options, Observer& observer, model::DataFiles files, ScanPlan plan, std::vector<Endpoint> dns_servers,
         std::size_t descriptors)
    : options_(std::move(options)),
      events_(observer, clock_, options_.verbosity, options_.debugging,
              !options_.shuffle_targets && (options_.list_only || (!options_.port_scan && !options_.targets_from))),
      tasks_{{events_, "Ping Scan", "hosts"},
             {events_, scan_name(options_), "ports"},
             {events_, "Service scan", "services"},
             {events_, "NSE"}},
      phase_task_(events_, "NSE"),
      files_(std::move(files)),
      plan_(std::move(plan)),
      dns_servers_(std::move(dns_servers)),
      whole_(budgets_for(options_, descriptors, plan_.port_count(), available_memory())),
      shards_(shards_for(options_, whole_, descriptors)),
      parts_{options_, files_, plan_, dns_servers_, clock_, started_, events_, tasks_, *this, vendors_},
      shard_(parts_, share_of(whole_, shards_, true)),
      crew_({parts_, share_of(whole_, shards_, false), {}, {}, [this] { on_news(); }}, shards_ - 1) {}

Run::~Run() {
  shard_.deadlines.cancel(stats_timer_);
  shard_.deadlines.cancel(progress_timer_);
  shard_.deadlines.cancel(order_timer_);
}

Result<void> Run::open() {
  for (const std::string& warning : plan_.warnings) events_.warn(warning);
  if (events_.debug()) events_.log(whole_.why + (shards_ > 1 ? fmt::format(", for {} workers", shards_) : ""));
  if (events_.verbose() && shards_ < options_.workers && !options_.list_only)
    events_.log(fmt::format("{} of {} workers: there are no slots, hosts, probes or descriptors at a time for more.",
                            shards_, options_.workers),
                1);
  const auto skipped = [this](std::string specification, std::string reason) {
    target_skipped(std::move(specification), std::move(reason));
  };
  const auto wait = [this] { shard_.wait(shard_.deadlines.next().value_or(kNever)); };
  auto feed = TargetFeed::open(options_, shard_.network, shard_.loop, skipped, wait);
  if (!feed) return feed.error();
  feed_ = std::move(*feed);
  if (wants_scripts(options_))
    if (Result<void> opened = open_scripts(); !opened) return opened.error();
  shard_.open_window();
  return {};
}

Result<Value::Table> Run::script_arguments() const {
  std::optional<std::string> file;
  if (options_.script_args_file) {
    // Nmap looks among the data files alone; what is there goes first.
    const std::string path = files_.find_file(*options_.script_args_file).value_or(*options_.script_args_file);
    Result<std::string> text = read_text_file(path);
    if (!text) return Error{"--script-args-file: " + text.error().message};
    file = std::move(*text);
    if (const auto alone = script::parse_script_args(script::script_args_text(file, std::nullopt)); !alone)
      return Error{"--script-args-file: " + in_quotes(path) + ": " + alone.error().message};
  }
  auto arguments = script::parse_script_args(script::script_args_text(file, options_.script_args));
  if (!arguments) return Error{"--script-args: " + arguments.error().message};
  return arguments;
}

Result<void> Run::open_scripts() {
  if (!files_.find_file("nselib/stdnse.lua")) return missing_data("nselib/stdnse.lua");
  Result<Value::Table> arguments = script_arguments();
  if (!arguments) return arguments.error();

  if (Result<void> opened = shard_.open_runtime(std::move(*arguments)); !opened) return opened;
  if (events_.debug()) {
    events_.log("NSE: Using Lua 5.4.");
    events_.log("NSE: Arguments from CLI: " + options_.script_args.value_or(""));
  }

  if (options_.update_script_db) {
    events_.log("NSE: Updating rule database.");
    Result<std::string> path =
        update_script_database(files_, *shard_.runtime, [this](const std::string& line) { events_.warn(line); });
    if (!path) return path.error();
    events_.log("NSE: Script Database updated successfully.");
    if (events_.verbose()) events_.log("NSE: It is " + *path + ".", 1);
  }
  if (!options_.script_help.empty()) return open_script_help();
  if (!options_.scripts && !options_.versions) return {};

  Result<Shard::Loaded> loaded = shard_.load_scripts(false);
  if (!loaded) return loaded.error();
  for (const std::string& warning : loaded->warnings) events_.warn(warning);
  left_out_ = loaded->left_out;
  if (events_.debug(2))
    for (const auto& ready : shard_.scripts.scripts())
      events_.log(fmt::format("NSE: Script {} was selected by {}{}.", ready->script.path, script::to_text(ready->how),
                              ready->forced ? " and forced to run" : ""));
  if (events_.verbose())
    events_.log(fmt::format("NSE: Loaded {} scripts for scanning.", shard_.scripts.scripts().size()), 1);
  return {};
}

Result<void> Run::open_script_help() {
  Result<ScriptChoice> choice =
      choose_scripts({script::parse_rules(options_.script_help), false}, files_, *shard_.runtime);
  if (!choice) return choice.error();
  for (const std::string& warning : choice->warnings) events_.warn(warning);
  left_out_ = choice->left_out;
  std::string help;
  for (const auto& ready : choice->scripts) help += script_help(ready->script);
  if (help.ends_with('\n')) help.pop_back();  // the message ends its own line
  events_.log(std::move(help));
  return {};
}

}  // namespace engine
}  // namespace sluice
