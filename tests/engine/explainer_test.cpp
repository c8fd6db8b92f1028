// SPDX-License-Identifier: Apache-2.0
#include "engine/explainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "support/sim_platform.hpp"

namespace sluice::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Verdict = RuleAnswer::Verdict;

/// Explains scripts of the test in virtual time. The test fails if a network is made.
struct RuleExplanation : testing::Test {
  std::filesystem::path directory;
  SimPlatform platform{1};
  ExplainRequest request;
  std::vector<RuleAnswer> answers;
  std::string log;
  int networks = 0;

  RuleExplanation() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-explain-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    request.options.scripts = true;
    platform.set_up = [this](net::FakeNetwork&) { ++networks; };
  }
  ~RuleExplanation() override { std::filesystem::remove_all(directory); }
  void SetUp() override {
    if (!std::filesystem::exists("/usr/share/nmap/nselib/stdnse.lua")) GTEST_SKIP() << "nmap-common is not installed";
  }
  void TearDown() override { EXPECT_EQ(networks, 0) << "a network was made"; }

  /// Writes a script and selects it. `text`: its code without the action, which fails.
  void script(const std::string& id, const std::string& text, const std::string& sign = "") {
    const std::string path = (directory / (id + ".nse")).string();
    std::ofstream(path) << "local nmap = require 'nmap'\nlocal stdnse = require 'stdnse'\n"
                           "local shortport = require 'shortport'\ncategories = {'safe'}\n"
                        << text << "\naction = function() error('the action was called') end\n";
    request.options.script_rules.push_back(sign + path);
  }
  /// Explains the request. Returns "" or the error.
  std::string explain() {
    Explainer explainer(
        request, platform, [this](const RuleAnswer& answer) { answers.push_back(answer); },
        [this](const event::Log& line) { log += line.text + '\n'; });
    if (auto opened = explainer.open(); !opened) return opened.error().message;
    explainer.run();
    return "";
  }
  /// Explains one script with this rule at a place, and returns its only answer.
  RuleAnswer answer_of(const std::string& rule, const std::string& place) {
    script("subject", rule);
    request.places = {place};
    EXPECT_EQ(explain(), "");
    EXPECT_EQ(answers.size(), 1u);
    EXPECT_THAT(log, Not(HasSubstr("the action was called")));
    return answers.empty() ? RuleAnswer{} : answers.front();
  }
  [[nodiscard]] const RuleAnswer& of(const std::string& id) const {
    static const RuleAnswer kNone;
    for (const RuleAnswer& answer : answers)
      if (answer.script == id) return answer;
    ADD_FAILURE() << "no answer for " << id;
    return kNone;
  }
};

TEST_F(RuleExplanation, UnmetRuleOfShortportNamesPortsServicesAndWhatThePortHas) {
  const RuleAnswer answer = answer_of("portrule = shortport.port_or_service({80, 443}, 'http')", "192.0.2.1:22");
  EXPECT_EQ(answer.verdict, Verdict::DoesNotRun);
  EXPECT_EQ(answer.why, "wants port 80,443 or service http; has 22/tcp ssh");
  ASSERT_EQ(answer.wants.size(), 1u);
  EXPECT_THAT(answer.wants[0].ports, ElementsAre("80", "443"));
  EXPECT_THAT(answer.wants[0].services, ElementsAre("http"));
  EXPECT_FALSE(answer.wants[0].met);
}

TEST_F(RuleExplanation, MetRuleOfShortportRunsAndNamesWhatItWants) {
  const RuleAnswer answer = answer_of("portrule = shortport.portnumber({80, '8000-8999'})", "192.0.2.1:8443");
  EXPECT_EQ(answer.verdict, Verdict::Runs);
  EXPECT_EQ(answer.why, "wants port 80,8000-8999; has 8443/tcp https-alt");
}

TEST_F(RuleExplanation, ServiceOfThePlaceDecides) {
  const RuleAnswer answer =
      answer_of("portrule = shortport.service('http')", "192.0.2.1:2222/tcp,http,www.example.com");
  EXPECT_EQ(answer.verdict, Verdict::Runs);
  EXPECT_EQ(answer.service, "http");
  EXPECT_EQ(answer.place.target_name, "www.example.com");
}

TEST_F(RuleExplanation, RuleThatCallsShortportItselfNamesWhatItWants) {
  const RuleAnswer answer = answer_of(
      "portrule = function(host, port) return shortport.port_or_service(53, 'domain', {'tcp', 'udp'})(host, port) end",
      "192.0.2.1:80/udp");
  EXPECT_EQ(answer.verdict, Verdict::DoesNotRun);
  EXPECT_EQ(answer.why, "wants port 53 or service domain (tcp,udp); has 80/udp http");
}

TEST_F(RuleExplanation, RuleThatConnectsAsksTheNetworkAndEndsThere) {
  script("asking",
         "portrule = function(host, port)\n"
         "nmap.new_socket():connect(host, port)\nnmap.registry.after = true\nreturn true end");
  script("later", "dependencies = {'asking'}\nportrule = function() return nmap.registry.after == nil end");
  request.places = {"192.0.2.1:443"};
  ASSERT_EQ(explain(), "");
  EXPECT_EQ(of("asking").verdict, Verdict::AsksNetwork);
  EXPECT_EQ(of("asking").why, "would ask the network: connect to 192.0.2.1:443/tcp");
  EXPECT_THAT(of("asking").asks, ElementsAre("connect to 192.0.2.1:443/tcp"));
  EXPECT_EQ(of("later").verdict, Verdict::Runs);
  EXPECT_EQ(of("later").run_level, 2u);
  EXPECT_THAT(of("later").after, ElementsAre("asking"));
}

TEST_F(RuleExplanation, EachRuleThatTestsForTlsAsksTheNetwork) {
  script("first", "portrule = shortport.ssl");
  script("second", "portrule = shortport.ssl");
  request.places = {"192.0.2.1:22", "192.0.2.1:443"};
  ASSERT_EQ(explain(), "");
  ASSERT_EQ(answers.size(), 4u);
  for (const int index : {0, 1}) {
    EXPECT_EQ(answers[index].place.port, 22);
    EXPECT_EQ(answers[index].verdict, Verdict::AsksNetwork) << answers[index].why;
    EXPECT_EQ(answers[index + 2].place.port, 443);
    EXPECT_EQ(answers[index + 2].verdict, Verdict::Runs) << answers[index + 2].why;
  }
}

TEST_F(RuleExplanation, LookUpsDatagramsPacketsAndCommandsAskTheNetwork) {
  script("dns", "hostrule = function() return (nmap.resolve('www.example.com')) end");
  script("datagram", "hostrule = function(host) return (nmap.new_socket('udp'):sendto(host, 53, 'x')) end");
  script("packets", "hostrule = function() nmap.new_dnet():ip_open() return true end");
  script("command", "hostrule = function() return os.execute('true') end");
  script("child",
         "hostrule = function(host) stdnse.new_thread(function() nmap.new_socket():connect(host, 80) end)\n"
         "stdnse.sleep(1) return true end");
  request.places = {"192.0.2.1"};
  ASSERT_EQ(explain(), "");
  EXPECT_THAT(of("dns").asks, ElementsAre("look up www.example.com"));
  EXPECT_THAT(of("datagram").asks, ElementsAre("send to 192.0.2.1:53/udp"));
  EXPECT_THAT(of("packets").asks, ElementsAre("send raw IP packets"));
  EXPECT_THAT(of("command").asks, ElementsAre("run the command 'true'"));
  EXPECT_THAT(of("child").asks, ElementsAre("connect to 192.0.2.1:80/tcp"));
  for (const RuleAnswer& answer : answers) EXPECT_EQ(answer.verdict, Verdict::AsksNetwork) << answer.script;
}

TEST_F(RuleExplanation, FalseRuleNamesTheFieldsThatItReads) {
  const RuleAnswer answer =
      answer_of("portrule = function(host, port) return port.version.product == 'vsftpd' and host.registry.x end",
                "192.0.2.1:21");
  EXPECT_EQ(answer.verdict, Verdict::DoesNotRun);
  EXPECT_EQ(answer.why, "its rule returned false: reads port.version.product (not set)");
}

TEST_F(RuleExplanation, RuleSeesTheTablesOfARun) {
  const RuleAnswer answer = answer_of(
      "portrule = function(host, port)\n"
      "return not getmetatable(port) and not getmetatable(host) and rawget(port, 'number') == 80 and next(host) ~= "
      "nil\n"
      "and host.reason == 'user-set' and port.version.service_dtype == 'table' end",
      "192.0.2.1:80");
  EXPECT_EQ(answer.verdict, Verdict::Runs) << answer.why;
}

TEST_F(RuleExplanation, SecondCallOfAFalseRuleLeavesTheTablesOfTheHostUnchanged) {
  script("first", "hostrule = function(host) host.registry.count = (host.registry.count or 0) + 1 return false end");
  script("second", "dependencies = {'first'}\nhostrule = function(host) return host.registry.count == 1 end");
  request.places = {"192.0.2.1"};
  ASSERT_EQ(explain(), "");
  EXPECT_EQ(of("second").verdict, Verdict::Runs) << of("second").why;
}

TEST_F(RuleExplanation, FalseRuleNamesThePortsWhoseStateItReads) {
  const RuleAnswer answer = answer_of(
      "hostrule = function(host)\nfor _, number in ipairs({139, 445}) do\n"
      "local port = nmap.get_port_state(host, {number = number, protocol = 'tcp'})\n"
      "if port and port.state == 'open' then return true end end return false end",
      "192.0.2.1");
  EXPECT_THAT(answer.why, HasSubstr("reads the state of 139/tcp, 445/tcp, which are not open here"));
}

TEST_F(RuleExplanation, FalseRuleNamesMissingScriptArguments) {
  script("early",
         "local domain = stdnse.get_script_args(SCRIPT_NAME .. '.domain')\n"
         "hostrule = function() return domain ~= nil end");
  script("late", "hostrule = function() return stdnse.get_script_args({'late.file', 'late.path'}) end");
  script("given", "hostrule = function() return stdnse.get_script_args('given.value') end");
  request.options.script_args = "value=1";
  request.places = {"192.0.2.1"};
  ASSERT_EQ(explain(), "");
  EXPECT_THAT(of("early").missing_arguments, ElementsAre("early.domain"));
  EXPECT_THAT(of("late").why, HasSubstr("reads the script argument late.file, which is not given"));
  EXPECT_EQ(of("given").verdict, Verdict::Runs);
}

TEST_F(RuleExplanation, FalseRuleNamesTheLackOfPrivileges) {
  const RuleAnswer answer = answer_of("hostrule = function() return nmap.is_privileged() end", "192.0.2.1");
  EXPECT_THAT(answer.why, HasSubstr("needs raw packets"));
}

TEST_F(RuleExplanation, FalseRuleNamesTheVersionIntensityThatItWants) {
  request.options.version_intensity = 2;
  std::ofstream(directory / "script.db") << "";
  std::filesystem::create_directory(directory / "scripts");
  std::ofstream(directory / "scripts" / "rare.nse")
      << "local shortport = require 'shortport'\ncategories = {'rare'}\n"
         "portrule = shortport.version_port_or_service(80, nil, 'tcp', nil, 8)\naction = print\n";
  std::ofstream(directory / "scripts" / "script.db")
      << "Entry { filename = \"rare.nse\", categories = { \"rare\", } }\n";
  request.options.datadir = directory.string();
  request.options.script_rules = {"rare"};
  request.places = {"192.0.2.1:80"};
  ASSERT_EQ(explain(), "");
  EXPECT_THAT(of("rare").why, HasSubstr("wants --version-intensity 8; it is 2"));
}

TEST_F(RuleExplanation, ForcedScriptRunsWithoutACallOfItsRule) {
  script("forced", "portrule = function() error('called') end", "+");
  request.places = {"192.0.2.1:80"};
  ASSERT_EQ(explain(), "");
  EXPECT_EQ(of("forced").verdict, Verdict::Runs);
  EXPECT_TRUE(of("forced").forced);
}

TEST_F(RuleExplanation, RuleThatFailsIsAnswered) {
  const RuleAnswer answer = answer_of("hostrule = function() error('broken rule') end", "192.0.2.1");
  EXPECT_EQ(answer.verdict, Verdict::Fails);
  EXPECT_THAT(answer.why, HasSubstr("broken rule"));
}

TEST_F(RuleExplanation, RuleThatComputesForeverIsKilled) {
  request.options.script_burst = std::chrono::seconds(2);
  const RuleAnswer answer = answer_of("hostrule = function() while true do end end", "192.0.2.1");
  EXPECT_EQ(answer.verdict, Verdict::Fails);
  EXPECT_THAT(answer.why, HasSubstr("--script-burst"));
}

TEST_F(RuleExplanation, RuleThatTakesAllMemoryIsKilled) {
  request.options.script_memory = 32 << 20;
  const RuleAnswer answer =
      answer_of("hostrule = function() local all = {} while true do all[#all + 1] = {#all} end end", "192.0.2.1");
  EXPECT_EQ(answer.verdict, Verdict::Fails);
  EXPECT_THAT(answer.why, HasSubstr("--script-memory"));
}

TEST_F(RuleExplanation, RulesThatSleepOrDeadlockAreAnswered) {
  script("sleeping", "hostrule = function() stdnse.sleep(3) return true end");
  script("deadlocked", "hostrule = function() nmap.condvar('never') 'wait' return true end");
  request.places = {"192.0.2.1"};
  ASSERT_EQ(explain(), "");
  EXPECT_EQ(of("sleeping").verdict, Verdict::Runs);
  EXPECT_EQ(of("deadlocked").verdict, Verdict::Fails);
  EXPECT_THAT(of("deadlocked").why, HasSubstr("deadlock"));
}

TEST_F(RuleExplanation, EachRuleOfAScriptIsAnsweredInItsPhase) {
  script("all",
         "prerule = function() return true end\nhostrule = function(host) return host.ip == '192.0.2.1' end\n"
         "portrule = function(host, port) return port.number == 80 end\n"
         "postrule = function() return false end");
  request.places = {"192.0.2.1:80", "192.0.2.2:81"};
  ASSERT_EQ(explain(), "");
  std::vector<std::string> texts;
  for (const RuleAnswer& answer : answers)
    texts.push_back(answer.place.phase + ' ' + (answer.place.address ? answer.place.address->text() : "") + ' ' +
                    std::string(to_text(answer.verdict)));
  EXPECT_THAT(texts, ElementsAre("prerule  yes", "hostrule 192.0.2.1 yes", "portrule 192.0.2.1 yes",
                                 "hostrule 192.0.2.2 no", "portrule 192.0.2.2 no", "postrule  no"));
}

TEST_F(RuleExplanation, PortRuleAtAHostWithoutPortsIsAnsweredOnce) {
  const RuleAnswer answer = answer_of("portrule = shortport.http", "192.0.2.1");
  EXPECT_EQ(answer.verdict, Verdict::DoesNotRun);
  EXPECT_EQ(answer.why, "no open port is given (HOST:PORT, -p or --from)");
}

TEST_F(RuleExplanation, NamedPortsCountAsOpenOnEachHost) {
  request.options.ports = "80,443";
  script("web", "portrule = shortport.portnumber(80)");
  request.places = {"192.0.2.1", "192.0.2.2:22"};
  ASSERT_EQ(explain(), "");
  EXPECT_EQ(answers.size(), 5u);
}

TEST_F(RuleExplanation, OnlyNamedScriptsAreAnsweredAlsoIfTheyAreNotChosen) {
  script("chosen", "portrule = shortport.portnumber(80)");
  script("other", "portrule = shortport.portnumber(80)");
  script("unwanted", "portrule = shortport.portnumber(80)");
  request.only = {request.options.script_rules[0], request.options.script_rules[1]};
  request.options.script_rules.erase(request.options.script_rules.begin() + 1);
  request.places = {"192.0.2.1:80"};
  ASSERT_EQ(explain(), "");
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(of("chosen").verdict, Verdict::Runs);
  EXPECT_FALSE(of("other").chosen);
  EXPECT_EQ(of("other").verdict, Verdict::DoesNotRun);
  EXPECT_THAT(of("other").why, HasSubstr("does not choose it (categories: safe); its rule would let it run"));
}

TEST_F(RuleExplanation, StoredHostHasItsPortsAndServices) {
  HostReport stored;
  stored.address = *Address::parse("192.0.2.1");
  stored.up = true;
  stored.ports.push_back({21, Protocol::Tcp, PortState::Open, Reason::SynAck, 0, "ftp", nullptr});
  stored.ports.push_back({22, Protocol::Tcp, PortState::Closed, Reason::ConnRefused, 0, "ssh", nullptr});
  stored.ports[0].detail = std::make_unique<PortDetail>();
  stored.ports[0].detail->service.emplace().product = "vsftpd";
  request.hosts = {stored};
  script("subject", "portrule = function(host, port) return port.version.product == 'vsftpd' end");
  ASSERT_EQ(explain(), "");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(of("subject").verdict, Verdict::Runs);
  request.places = {"192.0.2.1:22"};
  EXPECT_THAT(explain(), HasSubstr("no such open port"));
}

TEST_F(RuleExplanation, WrongRequestIsRefusedWithItsCause) {
  script("subject", "hostrule = function() return true end");
  const std::map<std::string, std::string> causes = {
      {"192.0.2.0/24", "HOST:PORT"},
      {"192.0.2.1:99999", "is not a port between 1 and 65535"},
      {"www.example.com", "www.example.com: is not looked up, because no packet is sent"},
      {"www.example.com:443", "is not looked up"},
      {"::1", "::1: is an IPv6 address; add -6"},
  };
  for (const auto& [place, cause] : causes) {
    request.places = {place};
    EXPECT_THAT(explain(), HasSubstr(cause));
  }
  request.places = {"localhost"};
  EXPECT_EQ(explain(), "");
  request.options.input_list = "hosts";
  EXPECT_THAT(explain(), HasSubstr("-iL: "));
}

}  // namespace
}  // namespace sluice::engine
