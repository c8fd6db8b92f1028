#include "engine/engine.hpp"

#include <fmt/format.h>

#include <random>
#include <system_error>
#include <utility>

#include "engine/local_places.hpp"
#include "engine/script_database.hpp"
#include "engine/script_help.hpp"
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
  model::DataFiles files(std::move(places));
  Result<engine::ScanPlan> plan = engine::plan_scan(options, files);
  if (!plan) return plan.error();
  Result<std::vector<Endpoint>> dns_servers = net::parse_dns_servers(options.dns_servers);
  if (!dns_servers) return Error{"--dns-servers: " + dns_servers.error().message};
  try {
    auto made = std::make_unique<engine::RunningEngine>(std::move(options), observer, std::move(files),
                                                        std::move(*plan), std::move(*dns_servers), descriptors);
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
  return options.scripts || options.update_script_db || !options.script_help.empty();
}

}  // namespace

RunningEngine::RunningEngine(Options options, Observer& observer, model::DataFiles files, ScanPlan plan,
                             std::vector<Endpoint> dns_servers, std::size_t descriptors)
    : options_(std::move(options)),
      events_(observer, clock_, options_.verbosity, options_.debugging),
      files_(std::move(files)),
      plan_(std::move(plan)),
      budgets_(budgets_for(options_, descriptors, plan_.port_count())),
      scheduler_(clock_),
      slots_(budgets_.slots, scheduler_),
      slot_collector_(slots_, clock_),
      network_(loop_, deadlines_, clock_,
               {std::move(dns_servers), options_.interface.value_or(""), options_.ttl,
                [this](const std::string& text) { on_log(event::LogTo::Error, text); }}),
      scan_(scan_config(descriptors), network_, deadlines_, clock_),
      phase_task_(events_, "NSE") {}

scan::PortScan::Config RunningEngine::scan_config(std::size_t descriptors) {
  scan::PortScan::Config config;
  config.timing = scan::timing_for(options_, descriptors);
  config.sequential = options_.sequential;
  config.seed = std::random_device{}();
  config.source = options_.source;
  config.source_port = options_.source_port.value_or(0);
  config.payloads = [this](std::uint16_t port) { return plan_.payloads.of(port); };
  if (options_.packet_trace)
    config.trace = [this](Protocol protocol, const Endpoint& remote, std::string_view what) {
      const std::chrono::duration<double> since = clock_.now() - started_;
      events_.log(fmt::format("CONN ({:.4f}s) {} localhost > {}:{} => {}", since.count(),
                              protocol == Protocol::Tcp ? "TCP" : "UDP", remote.address.text(), remote.port, what));
    };
  return config;
}

RunningEngine::~RunningEngine() { deadlines_.cancel(stats_timer_); }

Result<void> RunningEngine::open() {
  for (const std::string& warning : plan_.warnings) warn_later(warning);
  if (events_.debug()) say_later(budgets_.why);
  const auto skipped = [this](std::string specification, std::string reason) {
    target_skipped(std::move(specification), std::move(reason));
  };
  const auto wait = [this] {
    loop_.wait(deadlines_.next().value_or(kNever));
    deadlines_.expire(clock_.now());
  };
  auto feed = TargetFeed::open(options_, network_, loop_, skipped, wait);
  if (!feed) return feed.error();
  feed_ = std::move(*feed);
  if (wants_scripts(options_))
    if (Result<void> opened = open_scripts(); !opened) return opened.error();
  window_.emplace(HostTools{options_, plan_, events_, network_, deadlines_, scan_, runtime_.get(),
                            starts_ ? &*starts_ : nullptr, scripts_, Task(events_, "Ping Scan", "hosts"),
                            Task(events_, scan_name(options_), "ports"), Task(events_, "NSE")},
                  budgets_);
  return {};
}

Result<Value::Table> RunningEngine::script_arguments() const {
  std::optional<std::string> file;
  if (options_.script_args_file) {
    // Nmap looks among the data files alone; what is there goes first.
    const std::string path = files_.find_file(*options_.script_args_file).value_or(*options_.script_args_file);
    Result<std::string> text = model::read_file(path);
    if (!text) return Error{"--script-args-file: " + text.error().message};
    file = std::move(*text);
  }
  return script::parse_script_args(script::script_args_text(file, options_.script_args));
}

Result<void> RunningEngine::open_scripts() {
  if (!files_.find_file("nselib/stdnse.lua")) return missing_data("nselib/stdnse.lua");
  Result<Value::Table> arguments = script_arguments();
  if (!arguments) return arguments.error();

  nse::RuntimeOptions options;
  options.verbosity = options_.verbosity;
  options.debugging = options_.debugging;
  options.timing = options_.timing;
  options.privileged = net::is_privileged(options_.privileged);
  options.script_trace = options_.script_trace || options_.packet_trace;
  options.family = options_.family;
  options.receive_limit = options_.receive_limit;
  options.script_timeout = script_timeout(options_);
  options.script_burst = options_.script_burst;
  options.source = options_.source;
  options.interface = options_.interface.value_or("");
  options.ttl = options_.ttl.value_or(options.ttl);
  options.data_length = options_.data_length.value_or(0);
  options.dns_servers = options_.dns_servers;
  options.arguments = std::move(*arguments);
  options.find_file = [this](const std::string& name) { return files_.find_file(name); };
  auto runtime = nse::Runtime::create({clock_, scheduler_, slots_, deadlines_, network_}, std::move(options), *this);
  if (!runtime) return runtime.error();
  runtime_ = std::move(*runtime);
  starts_.emplace(*runtime_, budgets_.threads);
  if (events_.debug()) {
    say_later("NSE: Using Lua 5.4.");
    say_later("NSE: Arguments from CLI: " + options_.script_args.value_or(""));
  }

  if (options_.update_script_db) {
    say_later("NSE: Updating rule database.");
    Result<std::string> path =
        update_script_database(files_, *runtime_, [this](std::string line) { warn_later(std::move(line)); });
    if (!path) return path.error();
    say_later("NSE: Script Database updated successfully.");
    if (events_.verbose()) say_later("NSE: It is " + *path + ".");
  }
  if (!options_.script_help.empty()) return open_script_help();
  if (!options_.scripts) return {};

  Result<ScriptChoice> choice = choose_scripts(options_.script_rules, files_, *runtime_);
  if (!choice) return choice.error();
  for (std::string& warning : choice->warnings) warn_later(std::move(warning));
  left_out_ = choice->left_out;
  Result<ScriptSet> scripts = in_run_levels(std::move(choice->scripts));
  if (!scripts) return scripts.error();
  scripts_ = std::move(*scripts);
  if (events_.debug(2))
    for (const auto& ready : scripts_.scripts())
      say_later(fmt::format("NSE: Script {} was selected by {}{}.", ready->script.path, script::to_text(ready->how),
                            ready->forced ? " and forced to run" : ""));
  if (events_.verbose()) say_later(fmt::format("NSE: Loaded {} scripts for scanning.", scripts_.scripts().size()));
  return {};
}

Result<void> RunningEngine::open_script_help() {
  Result<ScriptChoice> choice = choose_scripts(options_.script_help, files_, *runtime_);
  if (!choice) return choice.error();
  for (std::string& warning : choice->warnings) warn_later(std::move(warning));
  left_out_ = choice->left_out;
  std::string help;
  for (const auto& ready : choice->scripts) help += script_help(ready->script);
  if (help.ends_with('\n')) help.pop_back();  // the message ends its own line
  say_later(std::move(help));
  return {};
}

}  // namespace engine
}  // namespace sluice
