// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <sluice/journal.hpp>

#include "engine_fixture.hpp"
#include "support/descriptors.hpp"

// A run that an embedder stops, and resumes in the same process.

namespace sluice::engine {
namespace {

/// Listens on all loopback addresses. The system completes the connections, and nobody accepts them, so that this
/// process has no descriptors for them.
struct Listener {
  Listener() {
    EXPECT_EQ(::listen(socket, 1024), 0);  // the system chooses a port
    sockaddr_in name{};
    socklen_t size = sizeof name;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size);
    port = ntohs(name.sin_port);
  }
  ~Listener() { ::close(socket); }
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port = 0;
};

struct Resume : EngineTest {
  /// Passes the events on to a journal, and stops the engine after so many results of scripts.
  void observe(Journal& journal, std::size_t results) {
    recorder.react = [this, &journal, results](const Event& event) {
      journal.on_event(event);
      if (recorder.all<event::ScriptFinished>().size() >= results) engine->stop();
    };
  }
  [[nodiscard]] std::string journal() const { return (directory / "run.db").string(); }
};

TEST_F(Resume, AttemptsLeaveNoDescriptorAndNoSlot) {
  const Listener listener;
  options.ports = std::to_string(listener.port);
  script("connects", R"(portrule = function() return true end
    action = function(host, port)
      local socket = require "nmap".new_socket()
      assert(socket:connect(host, port))
      require "stdnse".sleep(0.01)
      return "connected"
    end)");  // keeps its socket until its end, and a slot with it
  options.targets = {"127.0.0.1-40"};
  options.socket_slots = 3;
  options.max_hostgroup = 4;
  EXPECT_EQ(create(), "");  // the first Lua state opens the empty standard input that all of them share
  engine.reset();
  const std::size_t before = descriptors();
  {
    auto opened = Journal::open({.path = journal()});
    ASSERT_TRUE(opened) << opened.error().message;
    observe(**opened, 5);
    EXPECT_EQ(run(), End::Stopped);
    EXPECT_TRUE((*opened)->close());
  }
  engine.reset();  // its slot pool asserts that all slots are free
  EXPECT_EQ(descriptors(), before) << "of the first attempt";
  std::size_t attempts = 1;
  for (auto end = End::Stopped; end == End::Stopped; ++attempts) {
    ASSERT_LT(attempts, 20u);
    recorder.events.clear();
    auto resumed = Journal::resume({.path = journal()}, 1);
    ASSERT_TRUE(resumed) << resumed.error().message;
    options.earlier = resumed->earlier;
    observe(*resumed->journal, 12);
    ASSERT_EQ(create(), "");
    end = engine->run();
    EXPECT_TRUE(resumed->journal->close());
    resumed = Error{};
    options.earlier.reset();
    engine.reset();
    EXPECT_EQ(descriptors(), before) << "of attempt " << attempts + 1;
  }
  EXPECT_GT(attempts, 2u);
  Recorder whole;
  EXPECT_TRUE((*JournalReader::open(journal()))->read(1, whole));
  std::set<Address> hosts;
  for (const auto& finished : whole.all<event::HostFinished>()) {
    EXPECT_TRUE(hosts.insert(finished.report->address).second) << finished.report->address.text();
  }
  EXPECT_EQ(hosts.size(), 40u);
  EXPECT_EQ(whole.all<event::ScriptFinished>().size(), 40u);
}

}  // namespace
}  // namespace sluice::engine
