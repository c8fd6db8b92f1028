// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "engine_fixture.hpp"

namespace sluice::engine {
namespace {

using testing::ElementsAre;

/// A DNS server on loopback without any names. It answers queries for the first requested address only after
/// allow_first().
class SlowNames {
 public:
  SlowNames() {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    socklen_t size = sizeof name;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size);
    port = ntohs(name.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~SlowNames() {
    stopped_ = true;
    thread_.join();
    ::close(socket_);
  }
  void allow_first() { allowed_ = true; }
  std::uint16_t port = 0;

 private:
  struct Question {
    std::string text;
    sockaddr_in from;
  };
  void serve() {
    const timeval piece{0, 10'000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &piece, sizeof piece);
    std::vector<Question> held;
    std::string first;
    while (!stopped_) {
      char query[512];
      Question question{};
      socklen_t size = sizeof question.from;
      const ssize_t got =
          ::recvfrom(socket_, query, sizeof query, 0, reinterpret_cast<sockaddr*>(&question.from), &size);
      if (got > 12) {
        question.text.assign(query, static_cast<std::size_t>(got));
        if (first.empty()) first = question.text.substr(12);
        if (question.text.substr(12) == first)
          held.push_back(question);
        else
          deny(question);
      }
      if (!allowed_) continue;
      for (const Question& each : held) deny(each);
      held.clear();
    }
  }
  void deny(Question question) const {
    question.text[2] = '\x81';
    question.text[3] = '\x83';
    ::sendto(socket_, question.text.data(), question.text.size(), 0, reinterpret_cast<sockaddr*>(&question.from),
             sizeof question.from);
  }

  int socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  std::atomic<bool> allowed_ = false, stopped_ = false;
  std::thread thread_;
};

struct ReportOrder : EngineTest {
  SlowNames names;
  ReportOrder() {
    options.reverse_dns = Options::ReverseDns::Always;
    options.dns_servers = {"127.0.0.1:" + std::to_string(names.port)};
    options.targets = {"127.0.0.11-13"};
    options.ports.reset();
    options.port_scan = false;
    recorder.react = [this](const Event& event) {
      if (const auto* waits = std::get_if<event::HostWaits>(&event.what))
        waiting.push_back(waits->report->address.text());
      if (const auto* host = std::get_if<event::HostFinished>(&event.what))
        finished.push_back(host->report->address.text() + (host->waited ? "+" : ""));
      if (waiting.size() == 2) names.allow_first();
    };
  }
  std::vector<std::string> waiting, finished;
};

TEST_F(ReportOrder, HostsOfAListAreReportedInTheOrderOfTargets) {
  options.list_only = true;
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_THAT(waiting, testing::UnorderedElementsAre("127.0.0.12", "127.0.0.13"));
  EXPECT_THAT(finished, ElementsAre("127.0.0.11", "127.0.0.12+", "127.0.0.13+"));
}

TEST_F(ReportOrder, HostsOfAPingScanAreReportedInTheOrderOfTargets) {
  options.discovery = true;
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_THAT(waiting, testing::UnorderedElementsAre("127.0.0.12", "127.0.0.13"));
  EXPECT_THAT(finished, ElementsAre("127.0.0.11", "127.0.0.12+", "127.0.0.13+"));
}

TEST_F(ReportOrder, HostsOfPortScanAreReportedWhenFinished) {
  options.port_scan = true;
  options.ports = "1";
  recorder.react = [this](const Event& event) {
    if (const auto* host = std::get_if<event::HostFinished>(&event.what))
      finished.push_back(host->report->address.text());
    if (finished.size() == 2) names.allow_first();
  };
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_THAT(finished, ElementsAre(testing::AnyOf("127.0.0.12", "127.0.0.13"),
                                    testing::AnyOf("127.0.0.12", "127.0.0.13"), "127.0.0.11"));
}

}  // namespace
}  // namespace sluice::engine
