// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "cli/run.hpp"
#include "support/ndjson_lines.hpp"

namespace sluice::cli {

/// An engine that runs a function of the test. The function can wait for the requests of the command.
class FakeEngine final : public Engine {
 public:
  using Script = std::function<End(FakeEngine&)>;
  FakeEngine(Observer& observer, Script script) : observer_(observer), script_(std::move(script)) {}

  End run() override { return script_(*this); }
  std::optional<End> step() override { return run(); }
  std::chrono::steady_clock::time_point next_deadline() override { return {}; }
  int poll_fd() const noexcept override { return -1; }
  void stop() noexcept override { note(stopped_); }
  void hold_hosts(bool) noexcept override {}
  void report_stats() noexcept override { note(stats_); }
  void set_levels(int verbosity, int debugging) noexcept override {
    const std::lock_guard lock(mutex_);
    levels_.emplace_back(verbosity, debugging);
    changed_.notify_all();
  }

  std::optional<RunStatus> status() override { return {}; }

  template <class What>
  void tell(What what) {
    observer_.on_event({std::chrono::system_clock::now(), std::move(what)});
  }
  void start() { tell(event::RunStarted{{"sluice"}, 0, 0, {}}); }
  void finish() { tell(event::RunFinished{}); }
  void host(const char* address) {
    auto report = std::make_shared<HostReport>();
    report->address = *Address::parse(address);
    report->up = true;
    tell(event::HostFinished{std::move(report)});
  }
  void wait_for_stop() { wait(stopped_); }
  void wait_for_stats() { wait(stats_); }
  /// Waits until `count` levels were requested. Returns all requested levels as pairs of verbosity and debugging.
  std::vector<std::pair<int, int>> wait_for_levels(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return levels_.size() >= count; }));
    return levels_;
  }

 private:
  void note(bool& what) noexcept {
    const std::lock_guard lock(mutex_);
    what = true;
    changed_.notify_all();
  }
  void wait(const bool& what) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return what; }));
  }

  Observer& observer_;
  Script script_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false, stats_ = false;
  std::vector<std::pair<int, int>> levels_;
};

/// Runs the command with a fake engine and a temporary folder. The files stdout and stderr of the folder receive what
/// the command writes to descriptors 1 and 2.
struct RunFixture : testing::Test {
  RunFixture() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-cli-XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  ~RunFixture() override {
    for (const char* report : {"json", "base.json"})
      if (std::filesystem::is_regular_file(path(report))) keep_lines(text(report));
    std::filesystem::remove_all(folder);
  }

  int run(std::vector<std::string> arguments, FakeEngine::Script script) {
    return run_with(std::move(arguments), [&](Options, Observer& observer) {
      return std::unique_ptr<Engine>(std::make_unique<FakeEngine>(observer, script));
    });
  }
  int run_with(std::vector<std::string> arguments, const MakeEngine& make_engine) {
    arguments.insert(arguments.begin(), "sluice");
    const Redirected out(STDOUT_FILENO, path("stdout")), err(STDERR_FILENO, path("stderr"));
    return cli::run(arguments, make_engine);
  }

  /// Runs the command in a child process. Returns its exit code, or the negative signal number if a signal ended it.
  int run_apart(std::vector<std::string> arguments, FakeEngine::Script script) {
    const pid_t child = fork();
    if (child == 0) _exit(run(std::move(arguments), std::move(script)));
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::string path(const std::string& name) const { return folder / name; }
  std::string text(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  std::string out() const { return text("stdout"); }
  std::string err() const { return text("stderr"); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  bool exists(const std::string& name) const { return std::filesystem::exists(path(name)); }

  /// Redirects a descriptor to a file during the lifetime of this object.
  class Redirected {
   public:
    Redirected(int descriptor, const std::string& path) : descriptor_(descriptor) {
      std::fflush(stdout);
      kept_ = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
      const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      EXPECT_GE(file, 0) << path;
      dup2(file, descriptor);
      close(file);
    }
    ~Redirected() {
      std::fflush(stdout);
      dup2(kept_, descriptor_);
      close(kept_);
    }

   private:
    int descriptor_, kept_;
  };

  std::filesystem::path folder;
};

inline bool is_whole_xml(const std::string& text) {
  return text.starts_with("<?xml") && text.ends_with("</nmaprun>\n") && text.find("<nmaprun ") != std::string::npos;
}

}  // namespace sluice::cli
