// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sluice/engine.hpp>
#include <string>
#include <thread>
#include <vector>

// A complete engine over loopback: scripts that the test writes, servers of the test, and the recorded events.

namespace sluice::engine {

/// Sends the same greeting on every connection, and keeps the connections open until it is destroyed.
class Greeter {
 public:
  explicit Greeter(std::string greeting) : greeting_(std::move(greeting)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    EXPECT_EQ(::listen(socket_, 1024), 0);
    socklen_t size = sizeof name;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size);
    port_ = ntohs(name.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Greeter() {
    ::shutdown(socket_, SHUT_RDWR);  // ends the accept
    thread_.join();
    ::close(socket_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t visits() const { return visits_; }

 private:
  void serve() {
    int stream;
    while ((stream = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0) {
      ++visits_;
      guests_.push_back(stream);
      ::send(stream, greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
    }
    for (const int guest : guests_) ::close(guest);
  }

  std::string greeting_;
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> visits_ = 0;
  std::vector<int> guests_;
  std::thread thread_;
};

/// Stores every event, and then calls `react` if it is set.
struct Recorder final : Observer {
  std::vector<Event> events;
  std::function<void(const Event&)> react;
  void on_event(const Event& event) override {
    events.push_back(event);
    if (react) react(event);
  }

  template <class What>
  [[nodiscard]] std::vector<What> all() const {
    std::vector<What> found;
    for (const Event& event : events)
      if (const auto* what = std::get_if<What>(&event.what)) found.push_back(*what);
    return found;
  }
  /// Returns the only event of type `What`. Fails the test if there is not exactly one.
  template <class What>
  [[nodiscard]] What one() const {
    const std::vector<What> found = all<What>();
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? What{} : found.front();
  }
  /// Returns all log lines.
  [[nodiscard]] std::string log() const {
    std::string text;
    for (const event::Log& line : all<event::Log>()) text += line.text + '\n';
    return text;
  }
};

/// A platform with the policy of the command.
inline std::shared_ptr<Platform> command_platform() {
  return Platform::native({.read_environment = true,
                           .raise_descriptor_limit = true,
                           .use_cpu_signal = true,
                           .end_process_when_stuck = true});
}

using End = Engine::End;

struct EngineTest : testing::Test {
  std::filesystem::path directory;
  Options options;
  Recorder recorder;
  std::unique_ptr<Engine> engine;

  EngineTest() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-engine-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    std::filesystem::create_directory(directory / "scripts");
    options.datadir = directory.string();
    options.targets = {"127.0.0.1"};
    options.discovery = false;
    options.reverse_dns = Options::ReverseDns::Never;
    options.ports = "1";
  }
  ~EngineTest() override {
    engine.reset();
    std::filesystem::remove_all(directory);
  }
  void SetUp() override {
    if (!std::filesystem::exists("/usr/share/nmap/nselib/stdnse.lua")) GTEST_SKIP() << "nmap-common is not installed";
  }

  void write(const std::string& name, const std::string& text) const { std::ofstream(directory / name) << text; }
  /// Adds a script that is selected by its file. `text` contains its rule and its action.
  void script(const std::string& id, const std::string& text) {
    write("scripts/" + id + ".nse", text);
    options.scripts = true;
    options.script_rules.push_back((directory / "scripts" / (id + ".nse")).string());
  }
  void scan(const Greeter& greeter) { options.ports = std::to_string(greeter.port()); }

  /// Creates the engine. Returns "" or the error message.
  std::string create() {
    auto made = Engine::create(options, recorder, command_platform());
    if (!made) return made.error().message;
    engine = std::move(*made);
    return "";
  }
  Engine::End run() {
    const std::string failure = create();
    EXPECT_EQ(failure, "");
    if (!engine) return Engine::End::Failed;
    const Engine::End end = engine->run();
    EXPECT_FALSE(recorder.events.empty());
    EXPECT_TRUE(std::holds_alternative<event::RunStarted>(recorder.events.front().what));
    EXPECT_TRUE(std::holds_alternative<event::RunFinished>(recorder.events.back().what));
    return end;
  }
  [[nodiscard]] std::shared_ptr<const HostReport> host() const {
    auto report = recorder.one<event::HostFinished>().report;
    return report ? report : std::make_shared<const HostReport>();
  }
};

}  // namespace sluice::engine
