// SPDX-License-Identifier: Apache-2.0
#include "cli/run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <sluice/command_line.hpp>
#include <sluice/interfaces.hpp>
#include <system_error>

#include "cli/colour.hpp"
#include "cli/complete_command.hpp"
#include "cli/config_command.hpp"
#include "cli/crash_handler.hpp"
#include "cli/keyboard.hpp"
#include "cli/outputs.hpp"
#include "cli/print.hpp"
#include "cli/report_commands.hpp"
#include "cli/report_source.hpp"
#include "cli/resumed_run.hpp"
#include "cli/script_commands.hpp"
#include "cli/signals.hpp"
#include "cli/status_display.hpp"
#include "cli/terminal.hpp"
#include "cli/watched_terminal.hpp"

extern "C" int mi_version() __attribute__((weak));

namespace sluice::cli {

namespace {

using namespace std::chrono_literals;

/// Time in which the reports must be complete if the process ends at once.
constexpr auto kPatience = 1s;
/// How long reports wait for their readers (ReportFile::limit_waits). kLastWait: if the process ends at once. kStall:
/// after a signal, without a byte that is read. kLongestWait: after a signal, in all. This is less than
/// Signals::kPatience, so that the report files are complete before the process ends at once.
constexpr std::chrono::milliseconds kLastWait = 500ms, kStall = 2s, kLongestWait = 6s;
/// Time until the first progress output at a terminal without a status block.
constexpr auto kFirstProgress = 10s;

/// Returns the first line of a text report.
std::string opening_line() {
  std::string line;
  make_writer(Format::Text, {}, [&](std::string_view bytes) {
    line += bytes;
  })->on_event({std::chrono::system_clock::now(), event::RunStarted{}});
  return line;
}

/// Opens standard descriptors that the caller has closed, so that no report file gets one of their numbers.
void fill_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(descriptor, F_GETFD) < 0) [[maybe_unused]]
      const int opened = ::open("/dev/null", O_RDWR);
}

/// mimalloc belongs to the command, not to the library.
std::vector<std::string> own_libraries() {
  if (!mi_version) return {};
  const int version = mi_version();  // 209 for 2.0.9
  return {fmt::format("mimalloc-{}.{}.{}", version / 100, version / 10 % 10, version % 10)};
}

const char* in_words(const std::exception& failure) {
  return dynamic_cast<const std::bad_alloc*>(&failure) ? "out of memory" : failure.what();
}

volatile std::sig_atomic_t code_at_the_latest;  ///< exit code for the handler of SIGALRM

/// Completes the reports and terminates the process, after kPatience even if they are not complete. Works while the
/// thread of the engine is stuck. Uses alarm(2), because memory may be too short for a thread.
[[noreturn]] void end_at_once(Outputs& outputs, int code, const char* why) {
  Keyboard::give_back();
  code_at_the_latest = code;
  std::signal(SIGALRM, [](int) {
    Terminal::erase_at_crash();
    ::_exit(code_at_the_latest);
  });
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  ::alarm(static_cast<unsigned>(kPatience.count()));
  ReportFile::limit_waits(kLastWait, kLastWait);
  if (const auto terminal = Terminal::in_use()) terminal->end();
  try {
    outputs.finish(why);
    outputs.close_journal();
    outputs.tell_where_kept();
  } catch (const std::exception&) {
  }
  ::_exit(code);
}

/// As long as it exists, a call of std::terminate (an exception in a noexcept function, a panic of Lua) completes the
/// reports before the process ends.
class LastWords {
 public:
  explicit LastWords(Outputs& outputs) : before_(std::set_terminate(speak)) { outputs_ = &outputs; }
  ~LastWords() {
    std::set_terminate(before_);
    outputs_ = nullptr;
  }
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

 private:
  [[noreturn]] static void speak() {
    const char* why = "the engine failed";
    try {
      if (std::current_exception()) throw;
    } catch (const std::exception& failure) {
      why = in_words(failure);
    } catch (...) {  // an exception without a message
    }
    end_at_once(*outputs_, kFailed, why);
  }

  static inline Outputs* outputs_ = nullptr;
  std::terminate_handler before_;
};

/// Executes the keys of Nmap (docs/options.md, "Keys").
class Keys {
 public:
  Keys(Engine& engine, const Options& options)
      : engine_(engine), verbosity_(options.verbosity), debugging_(options.debugging) {}
  void operator()(char key) {
    switch (key) {
      case 'v':
        return change(verbosity_, 1);
      case 'V':
        return change(verbosity_, -1);
      case 'd':
        return change(debugging_, 1);
      case 'D':
        return change(debugging_, -1);
      case '?':
        return tell(
            "v/V: raise, lower the verbosity; d/D: raise, lower the debugging level; any other key: print the "
            "progress");
      default:
        engine_.report_stats();
    }
  }

 private:
  void change(int& level, int by) {
    level = std::clamp(level + by, 0, 10);
    engine_.set_levels(verbosity_, debugging_);
  }

  Engine& engine_;
  int verbosity_, debugging_;
};

/// True if keys may be read: no option reads standard input.
bool has_keys(const CommandLine& command) {
  const Options& options = command.options;
  return command.interactive && options.input_list != "-" && options.targets_from != "-" && options.exclude_file != "-";
}

/// What a user at a terminal has during a run.
struct Watcher {
  std::optional<Keys> keys;            ///< empty if no keys are read
  std::shared_ptr<Terminal> terminal;  ///< for the status block; null if there is none
};

/// Runs the engine and returns the exit code.
int run_engine(Engine& engine, Outputs& outputs, Watcher watcher) {
  const LastWords last_words(outputs);
  const CrashHandler crashes(outputs);
  ReportFile::wait_without_limit();
  std::optional<Signals> signals;
  Signals::Actions actions{
      .stop =
          [&] {
            ReportFile::limit_waits(kStall, kLongestWait);
            engine.stop();
          },
      .at_once = [&](int signal, const char* why) { end_at_once(outputs, 128 + signal, why); },
      .report_stats = [&] { engine.report_stats(); },
      .pause = {},
      .resume = {},
      .resized = {},
  };
  if (Terminal* const terminal = watcher.terminal.get()) {
    actions.pause = [terminal] { terminal->pause(); };
    actions.resume = [terminal] { terminal->resume(); };
    actions.resized = [terminal] { terminal->refresh(); };
  }
  try {
    signals.emplace(std::move(actions));
  } catch (const std::system_error& failure) {
    return refuse(in_words(failure));
  }
  std::optional<Keyboard> keyboard;
  if (watcher.keys) keyboard.emplace(STDIN_FILENO, *watcher.keys);
  const bool with_keys = keyboard && keyboard->active();
  std::optional<StatusDisplay> display;
  if (watcher.terminal)
    display.emplace(engine, watcher.terminal, with_keys);
  else if (with_keys)
    outputs.announce_keys();
  Engine::End end = Engine::End::Failed;
  outputs.open([&](bool hold) { engine.hold_hosts(hold); });
  try {
    end = engine.run();
    outputs.finish(end == Engine::End::Failed ? "the engine stopped and gave no cause" : "");
  } catch (const std::exception& failure) {
    outputs.finish(in_words(failure));
  }
  const bool whole = outputs.close();
  if (end == Engine::End::Failed || end == Engine::End::Stopped) outputs.tell_where_kept();
  if (end == Engine::End::Failed) return kFailed;
  if (end == Engine::End::Unusable) return kRefused;
  if (!whole) return kLost;
  if (end == Engine::End::Finished) return kFinished;
  return signals->received() != 0 ? 128 + signals->received() : kFailed;
}

/// A user at a terminal has no more targets for a run that has read them from standard input.
void close_input_of_resumed_run(const Options& options) {
  if ((options.input_list != "-" && options.targets_from != "-") || ::isatty(STDIN_FILENO) == 0) return;
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0) return;
  ::dup2(nothing, STDIN_FILENO);
  ::close(nothing);
}

/// Says that a large journal is read, which takes some seconds.
void tell_size(const std::string& path) {
  constexpr std::uintmax_t kMiB = 1 << 20, kLarge = 64;
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(path, failure) / kMiB;
  if (!failure && size >= kLarge)
    tell(fmt::format("sluice: reads what the run has done from {} ({} MiB).", terminal_text(path), size));
}

/// Returns what the earlier attempts of a run have done, and gives it to the outputs.
Result<std::shared_ptr<const EarlierRun>> take_earlier(const ResumedRun& resumed, Outputs& outputs) {
  if (!resumed.log) {
    tell_size(resumed.path);
    return outputs.resume(resumed.path, resumed.number, resumed.stored, resumed.command);
  }
  const ScanLog& log = *resumed.log;
  auto earlier = std::make_shared<EarlierRun>();
  earlier->finished_addresses = log.finished;
  earlier->prescan = !log.finished.empty();
  earlier->hosts_up = log.hosts_up;
  earlier->hosts_down = log.hosts_down;
  earlier->hosts_total = log.hosts_up + log.hosts_down;
  earlier->verbosity = resumed.command.options.verbosity;
  earlier->debugging = resumed.command.options.debugging;
  if (log.format != Format::Xml) {
    std::error_code failure;
    std::filesystem::resize_file(resumed.path, log.size, failure);  // what follows begins with a new line
    if (failure) return Error{resumed.path + ": " + failure.message()};
  }
  outputs.resume(*earlier, log.events);
  return std::shared_ptr<const EarlierRun>(std::move(earlier));
}

/// `resumed`: the run goes on; null for a new run. `settings`: those in force.
int run_command(const CommandLine& command, std::span<const Setting> settings, const ResumedRun* resumed,
                const MakeEngine& make_engine) {
  for (const std::string& warning : command.warnings) tell(event::warning(warning + '.').text);
  const char* const preloads = std::getenv("LD_PRELOAD");
  const auto proxied = preloads ? proxy_warning(preloads) : std::nullopt;
  if (proxied) tell(event::warning(*proxied + '.').text);
  auto outputs = Outputs::open(command);
  if (!outputs) return refuse(outputs.error());
  std::unique_ptr<WatchedTerminal> watched;  // outlives the engine, whose scripts may print until its end
  std::unique_ptr<Engine> engine;
  try {
    Options options = command.options;
    if (resumed) {
      auto earlier = take_earlier(*resumed, **outputs);
      if (!earlier) return refuse(earlier.error().in("--resume"));
      options.earlier = *std::move(earlier);
      close_input_of_resumed_run(options);
    }
    options.proxied = proxied.has_value();
    options.tells_ports = command.journal || command.resume || !command.no_journal;
    watched = WatchedTerminal::open(command);
    if (!watched && ::isatty(STDOUT_FILENO) != 0) options.watched_after = kFirstProgress;
    auto made = make_engine(std::move(options), **outputs);
    if (!made) return refuse(with_origins(made.error().message, settings));
    engine = std::move(*made);
  } catch (const std::exception& failure) {
    return refuse(in_words(failure));
  }
  Watcher watcher;
  if (has_keys(command)) watcher.keys.emplace(*engine, command.options);
  if (watched) watcher.terminal = watched->terminal();
  return run_engine(*engine, **outputs, std::move(watcher));
}

int resume(const CommandLine& changes, std::span<const std::string> arguments, const MakeEngine& make_engine) {
  const auto resumed = find_resumed_run(changes, arguments);
  if (!resumed) return refuse(resumed.error().message);
  if (!resumed->ended) return run_command(resumed->command, {}, &*resumed, make_engine);
  tell(fmt::format("sluice: {}: the run has ended; there is nothing to resume.", terminal_text(resumed->path)));
  return kFinished;
}

/// Runs a new run, or shows its options, with the settings of the sources.
int run_with_settings(const CommandLine& typed, std::span<const std::string> arguments, const std::tm& local,
                      const SettingsSources& sources, const MakeEngine& make_engine) {
  const auto found = find_settings(sources, typed);
  if (!found) return refuse(found.error().message);
  for (const std::string& warning : found->warnings) tell(event::warning(warning + '.').text);
  if (typed.wish == CommandLine::Wish::Run && found->settings.empty())
    return run_command(typed, {}, nullptr, make_engine);
  const auto settled = parse_command_line(arguments, found->settings, local);
  if (!settled) return refuse(settled.error().message);
  colour_messages(wants_colour(settled->command.colour, STDERR_FILENO));
  if (typed.wish == CommandLine::Wish::Config) return show_config(arguments, *settled, *found);
  return run_command(settled->command, settled->settings, nullptr, make_engine);
}

int run_arguments(std::span<const std::string> arguments, const MakeEngine& make_engine,
                  const SettingsSources& sources) {
  if (asks_for_completion(arguments)) return complete_words(arguments, sources);
  colour_messages(wants_colour(Colour::Auto, STDERR_FILENO));
  const std::tm local = local_time(std::chrono::system_clock::now());
  const auto command = parse_command_line(arguments, local);
  if (!command) return refuse(command.error().message);
  colour_messages(wants_colour(command->colour, STDERR_FILENO));
  switch (command->wish) {
    case CommandLine::Wish::Help:
      return arguments.size() > 1 ? print(usage(arguments[1]), kFinished) : print(usage(), kRefused);
    case CommandLine::Wish::Version:
      return print(version_text(own_libraries()), kFinished);
    case CommandLine::Wish::Interfaces:
      return print(opening_line() + interface_tables(), kFinished);
    case CommandLine::Wish::Convert:
      return convert(*command);
    case CommandLine::Wish::Show:
      return show(*command);
    case CommandLine::Wish::History:
      return history(*command);
    case CommandLine::Wish::Diff:
      return diff(*command);
    case CommandLine::Wish::Merge:
      return merge(*command);
    case CommandLine::Wish::Scripts:
      return scripts(*command);
    case CommandLine::Wish::Check:
      return check(*command);
    case CommandLine::Wish::Explain:
      return explain(*command);
    case CommandLine::Wish::Run:
      if (command->resume) return resume(*command, arguments, make_engine);
      [[fallthrough]];
    case CommandLine::Wish::Config:
      break;
  }
  return run_with_settings(*command, arguments, local, sources, make_engine);
}

}  // namespace

int run(std::span<const std::string> arguments, const MakeEngine& make_engine, const SettingsSources& sources) {
  fill_standard_descriptors();
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);  // write() reports the error
  std::signal(SIGCHLD, SIG_DFL);  // if SIGCHLD is ignored, the system discards the exit codes of commands of scripts
  try {
    return run_arguments(arguments, make_engine, sources);
  } catch (const std::bad_alloc& failure) {  // before the run, or in another command
    return refuse(in_words(failure));
  }
}

}  // namespace sluice::cli
