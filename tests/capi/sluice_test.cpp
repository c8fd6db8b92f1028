// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <poll.h>
#include <sluice/sluice.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <sluice/version.hpp>
#include <stdexcept>
#include <thread>

#include "support/loopback.hpp"
#include "support/ndjson_lines.hpp"

namespace sluice::capi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

/// An engine, and the events that its callback has received.
struct Client {
  sluice_engine* engine = nullptr;
  Words lines;
  std::function<int(const Json&)> react;  ///< to an event; what the callback returns

  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { sluice_destroy(engine); }

  static int on_event(void* user, const char* line, size_t length) {
    auto& client = *static_cast<Client*>(user);
    EXPECT_EQ(std::strlen(line), length);
    client.lines.emplace_back(line, length);
    keep_lines(client.lines.back() + '\n');
    return client.react ? client.react(Json::parse(client.lines.back())) : 0;
  }
  sluice_error create(const Words& arguments, unsigned flags = 0) {
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    return sluice_create_from_arguments(static_cast<int>(argv.size()), argv.data(), flags, on_event,
                                        static_cast<Client*>(this), &engine);
  }
  sluice_error create(const std::string& document, unsigned flags = 0) {
    return sluice_create_from_json(document.data(), document.size(), flags, on_event, static_cast<Client*>(this),
                                   &engine);
  }
  /// The names of the events, each once in a row.
  [[nodiscard]] Words events() const {
    Words names;
    for (const std::string& line : lines) {
      const auto name = Json::parse(line).at("event").get<std::string>();
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    return names;
  }
  [[nodiscard]] std::vector<Json> all(const std::string& name) const {
    std::vector<Json> found;
    for (const std::string& line : lines)
      if (Json event = Json::parse(line); event.at("event") == name) found.push_back(std::move(event));
    return found;
  }
};

struct CApi : testing::Test, Client {
  void SetUp() override {
    if (!std::filesystem::exists("/usr/share/nmap/nmap-services")) GTEST_SKIP() << "nmap-common is not installed";
  }
};

TEST_F(CApi, RunFromArgumentsEmitsJsonLines) {
  const net::Peer server(SOCK_STREAM);
  const std::string port = std::to_string(server.at.port);
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p", port, "127.0.0.1"}), SLUICE_OK) << sluice_last_error();
  EXPECT_EQ(sluice_run(engine), SLUICE_FINISHED);
  EXPECT_STREQ(sluice_error_message(engine), "");
  ASSERT_THAT(all("host"), SizeIs(1));
  EXPECT_EQ(all("host")[0]["ports"][0]["state"], "open");
  EXPECT_EQ(events().front(), "run_started");
  EXPECT_EQ(events().back(), "run_finished");
  EXPECT_EQ(all("run_started")[0]["arguments"], (Json{"sluice", "-n", "-Pn", "-p", port, "127.0.0.1"}));
  for (const std::string& line : lines) EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST_F(CApi, RunFromJsonEqualsRunFromArguments) {
  ASSERT_EQ(create(R"({"n": true, "Pn": true, "p": "1", "targets": ["127.0.0.1"]})"), SLUICE_OK) << sluice_last_error();
  EXPECT_EQ(sluice_run(engine), SLUICE_FINISHED);
  EXPECT_EQ(all("run_started")[0]["arguments"], (Json{"sluice", "-n", "-Pn", "-p", "1", "127.0.0.1"}));
  EXPECT_EQ(all("host")[0]["ports"][0]["state"], "closed");
}

TEST_F(CApi, ReportOptionsApplyToEvents) {
  ASSERT_EQ(create(Words{"-n", "-Pn", "--open", "-p1", "127.0.0.1"}), SLUICE_OK);
  EXPECT_EQ(sluice_run(engine), SLUICE_FINISHED);
  EXPECT_THAT(all("host"), IsEmpty()) << "--open leaves a host without open ports out, as with -oJ";
}

TEST_F(CApi, StepsRunInLoopOfCaller) {
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p1", "127.0.0.1-3"}), SLUICE_OK);
  sluice_end end = SLUICE_RUNNING;
  while ((end = sluice_step(engine)) == SLUICE_RUNNING) {
    pollfd wait{sluice_poll_fd(engine), POLLIN, 0};
    const int timeout = sluice_poll_timeout(engine);
    ASSERT_GE(::poll(&wait, 1, timeout), 0);
  }
  EXPECT_EQ(end, SLUICE_FINISHED);
  EXPECT_THAT(all("host"), SizeIs(3));
  EXPECT_EQ(sluice_step(engine), SLUICE_FINISHED) << "the end stays";
  EXPECT_EQ(sluice_run(engine), SLUICE_FINISHED);
}

TEST_F(CApi, NonzeroResultOfCallbackStopsRun) {
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p1", "127.0.0.0/12"}), SLUICE_OK);
  react = [](const Json& event) { return event["event"] == "host" ? 1 : 0; };
  EXPECT_EQ(sluice_run(engine), SLUICE_STOPPED);
  EXPECT_EQ(events().back(), "run_finished");
  EXPECT_STREQ(sluice_error_message(engine), "stopped before the end");
}

TEST_F(CApi, CallbackMayStopRunAndSetLevels) {
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p1", "127.0.0.0/12"}), SLUICE_OK);
  react = [this](const Json& event) {
    if (event["event"] == "host_started") sluice_set_levels(engine, 2, 0), sluice_report_stats(engine);
    if (event["event"] == "stats") sluice_stop(engine);
    return 0;
  };
  EXPECT_EQ(sluice_run(engine), SLUICE_STOPPED);
  EXPECT_FALSE(all("levels_changed").empty());
}

TEST_F(CApi, StopFromOtherThreadEndsWaitingRun) {
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p1"}, SLUICE_FEED_TARGETS), SLUICE_OK);
  std::jthread stopper([this] { sluice_stop(engine); });
  EXPECT_EQ(sluice_run(engine), SLUICE_STOPPED);
}

TEST_F(CApi, WorkerThreadsCallCallbackOneAtATime) {
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p1", "--workers", "3", "127.0.0.1-64"}), SLUICE_OK);
  std::atomic<int> inside = 0;
  react = [&](const Json&) {
    EXPECT_EQ(++inside, 1);
    --inside;
    return 0;
  };
  EXPECT_EQ(sluice_run(engine), SLUICE_FINISHED);
  EXPECT_THAT(all("host"), SizeIs(64));
}

TEST_F(CApi, TargetsAreAddedDuringRun) {
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p1"}, SLUICE_FEED_TARGETS), SLUICE_OK);
  EXPECT_EQ(sluice_add_target(engine, "127.0.0.1"), SLUICE_OK);
  react = [this](const Json& event) {
    if (event["event"] != "host") return 0;
    if (event["address"] == "127.0.0.2") sluice_close_targets(engine);
    return event["address"] == "127.0.0.1" ? static_cast<int>(sluice_add_target(engine, "127.0.0.2")) : 0;
  };
  EXPECT_EQ(sluice_run(engine), SLUICE_FINISHED);
  EXPECT_THAT(all("host"), SizeIs(2));
  EXPECT_EQ(sluice_add_target(engine, "127.0.0.3"), SLUICE_ERROR_QUEUE_CLOSED);
}

TEST_F(CApi, FullTargetQueueRefusesTarget) {
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p1"}, SLUICE_FEED_TARGETS), SLUICE_OK);
  sluice_error error = SLUICE_OK;
  for (int count = 0; count < 100'000 && error == SLUICE_OK; ++count) error = sluice_add_target(engine, "127.0.0.1");
  EXPECT_EQ(error, SLUICE_ERROR_QUEUE_FULL);
  EXPECT_STREQ(sluice_last_error(), "the queue of targets is full");
}

TEST_F(CApi, AddTargetFailsWithoutFlag) {
  ASSERT_EQ(create(Words{"-n", "127.0.0.1"}), SLUICE_OK);
  EXPECT_EQ(sluice_add_target(engine, "127.0.0.2"), SLUICE_ERROR_QUEUE_CLOSED);
  EXPECT_THAT(sluice_last_error(), HasSubstr("SLUICE_FEED_TARGETS"));
}

TEST_F(CApi, FailedCreateGivesCodeAndMessage) {
  engine = reinterpret_cast<sluice_engine*>(this);  // that it is overwritten
  EXPECT_EQ(create(Words{"--ttl", "256", "127.0.0.1"}), SLUICE_ERROR_INVALID_OPTION);
  EXPECT_EQ(engine, nullptr);
  EXPECT_STREQ(sluice_last_error(), "--ttl: 256 is not between 0 and 255");
  EXPECT_EQ(create(Words{"--scirpt", "x"}), SLUICE_ERROR_INVALID_OPTION);
  EXPECT_STREQ(sluice_last_error(), "--scirpt: unknown option; did you mean --script?");
  EXPECT_EQ(create(Words{"-oX", "f", "127.0.0.1"}), SLUICE_ERROR_INVALID_OPTION);
  EXPECT_THAT(sluice_last_error(), StartsWith("-oX: there are no report files"));
  EXPECT_EQ(create(Words{"-h"}), SLUICE_ERROR_INVALID_OPTION);
  EXPECT_EQ(create(Words{"-iL", "/no/such/file"}), SLUICE_ERROR_UNREADABLE_FILE);
  EXPECT_THAT(sluice_last_error(), HasSubstr("/no/such/file"));
  EXPECT_EQ(create(std::string(R"({"scirpt": "x"})")), SLUICE_ERROR_INVALID_OPTION);
  EXPECT_STREQ(sluice_last_error(), "--scirpt: unknown option; did you mean --script?");
  EXPECT_EQ(create(std::string("{")), SLUICE_ERROR_INVALID_OPTION);
}

TEST_F(CApi, LastErrorIsPerThread) {
  EXPECT_EQ(create(Words{"--ttl", "256"}), SLUICE_ERROR_INVALID_OPTION);
  std::jthread([] { EXPECT_STREQ(sluice_last_error(), ""); }).join();
  EXPECT_THAT(sluice_last_error(), StartsWith("--ttl"));
}

TEST_F(CApi, NullAndInvalidParametersAreRefused) {
  const char* const argv[] = {nullptr};
  const auto from = [&](int argc, const char* const* words, unsigned flags, sluice_event_callback callback) {
    return sluice_create_from_arguments(argc, words, flags, callback, nullptr, &engine);
  };
  EXPECT_EQ(sluice_create_from_arguments(0, nullptr, 0, on_event, nullptr, nullptr), SLUICE_ERROR_MISUSE);
  EXPECT_EQ(from(1, argv, 0, on_event), SLUICE_ERROR_MISUSE);
  EXPECT_EQ(from(1, nullptr, 0, on_event), SLUICE_ERROR_MISUSE);
  EXPECT_EQ(from(-1, argv, 0, on_event), SLUICE_ERROR_MISUSE);
  EXPECT_EQ(from(0, nullptr, 1u << 31, on_event), SLUICE_ERROR_MISUSE);
  EXPECT_STREQ(sluice_last_error(), "unknown flags");
  EXPECT_EQ(from(0, nullptr, 0, nullptr), SLUICE_ERROR_MISUSE);
  EXPECT_EQ(sluice_create_from_json(nullptr, 0, 0, on_event, nullptr, &engine), SLUICE_ERROR_MISUSE);
  EXPECT_EQ(sluice_run(nullptr), SLUICE_FAILED);
  EXPECT_EQ(sluice_step(nullptr), SLUICE_FAILED);
  EXPECT_EQ(sluice_poll_fd(nullptr), -1);
  EXPECT_EQ(sluice_poll_timeout(nullptr), -1);
  EXPECT_STREQ(sluice_error_message(nullptr), "");
  EXPECT_EQ(sluice_warning(nullptr, 0), nullptr);
  EXPECT_EQ(sluice_add_target(nullptr, "a"), SLUICE_ERROR_MISUSE);
  sluice_stop(nullptr);
  sluice_report_stats(nullptr);
  sluice_set_levels(nullptr, 0, 0);
  sluice_close_targets(nullptr);
  sluice_destroy(nullptr);
}

TEST_F(CApi, WarningsAboutOptionsAreAvailable) {
  ASSERT_EQ(create(Words{"-A", "--dns-servers", "127.0.0.1", "--system-dns", "-p1", "127.0.0.1"}), SLUICE_OK);
  EXPECT_THAT(sluice_warning(engine, 0), StartsWith("-A: the report lacks"));
  EXPECT_THAT(sluice_warning(engine, 1), StartsWith("--dns-servers: is ignored"));
  EXPECT_EQ(sluice_warning(engine, 2), nullptr);
}

TEST_F(CApi, EnvironmentIsReadOnlyWithFlag) {
  ::setenv("LD_PRELOAD", "libproxychains.so.4", 1);
  ASSERT_EQ(create(Words{"-n", "127.0.0.1"}), SLUICE_OK);
  EXPECT_EQ(sluice_warning(engine, 0), nullptr);
  sluice_destroy(engine);
  ASSERT_EQ(create(Words{"-n", "127.0.0.1"}, SLUICE_READ_ENVIRONMENT), SLUICE_OK);
  EXPECT_THAT(sluice_warning(engine, 0), StartsWith("LD_PRELOAD names proxychains"));
  ::unsetenv("LD_PRELOAD");
}

TEST_F(CApi, DescriptorLimitIsRaisedOnlyWithFlag) {
  rlimit before{}, after{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low{std::min<rlim_t>(200, before.rlim_max), before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &low);
  for (const unsigned flags : {0u, unsigned{SLUICE_RAISE_DESCRIPTOR_LIMIT}}) {
    ASSERT_EQ(create(Words{"-n", "127.0.0.1"}, flags), SLUICE_OK);
    ::getrlimit(RLIMIT_NOFILE, &after);
    EXPECT_EQ(after.rlim_cur, flags == 0 ? low.rlim_cur : low.rlim_max);
    sluice_destroy(std::exchange(engine, nullptr));
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(CApi, DestroyOfUnfinishedRunCallsNoCallback) {
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p1", "127.0.0.0/16"}), SLUICE_OK);
  while (all("host").empty()) ASSERT_EQ(sluice_step(engine), SLUICE_RUNNING);
  react = [](const Json&) -> int {
    ADD_FAILURE() << "an event during sluice_destroy()";
    return 0;
  };
  sluice_destroy(std::exchange(engine, nullptr));
}

TEST_F(CApi, ThrowingCallbackFailsRun) {
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p1", "127.0.0.1"}), SLUICE_OK);
  react = [](const Json& event) -> int {
    if (event["event"] == "host") throw std::runtime_error("from the callback");
    return 0;
  };
  EXPECT_EQ(sluice_run(engine), SLUICE_FAILED);
  EXPECT_STREQ(sluice_error_message(engine), "the observer has thrown: from the callback");
}

TEST_F(CApi, SeveralEnginesAreIndependent) {
  Client other;
  ASSERT_EQ(create(Words{"-n", "-Pn", "-p1", "127.0.0.1"}), SLUICE_OK);
  ASSERT_EQ(other.create(Words{"-n", "-Pn", "-p1", "127.0.0.2"}), SLUICE_OK);
  sluice_end mine = SLUICE_RUNNING, others = SLUICE_RUNNING;
  while (mine == SLUICE_RUNNING || others == SLUICE_RUNNING) {
    mine = sluice_step(engine);
    others = sluice_step(other.engine);
  }
  EXPECT_EQ(mine, SLUICE_FINISHED);
  EXPECT_EQ(others, SLUICE_FINISHED);
  EXPECT_EQ(all("host").at(0)["address"], "127.0.0.1");
  EXPECT_EQ(other.all("host").at(0)["address"], "127.0.0.2");
}

TEST(CApiVersion, VersionsEqualThoseOfHeaders) {
  EXPECT_STREQ(sluice_version(), kVersion);
  EXPECT_EQ(sluice_api_version(), SLUICE_API_VERSION);
}

}  // namespace
}  // namespace sluice::capi
