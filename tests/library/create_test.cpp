// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cstdlib>

#include "engine_fixture.hpp"
#include "support/loopback.hpp"

// Errors of Engine::create, and the choice of scripts and ports.

namespace sluice::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

struct EngineCreate : EngineTest {};

constexpr const char* kGood =
    "categories = {'mine', 'Safe'}\n"
    "description = [[\nSays it.\n\nTwice.\n]]\n"
    "hostrule = function() return true end\naction = function() return 'x' end\n";

TEST_F(EngineCreate, ErrorNamesMissingServicesFile) {
  options.services_file = (directory / "missing").string();
  EXPECT_THAT(create(), HasSubstr("missing"));
}

TEST_F(EngineCreate, InvalidPortsTargetsAndScriptArgumentsAreRefused) {
  options.ports = "70-60";
  EXPECT_THAT(create(), HasSubstr("70-60"));
  options.ports = "1";
  options.targets = {"300.1.1.1"};
  EXPECT_THAT(create(), HasSubstr("300.1.1.1"));
  options.targets = {"127.0.0.1"};
  script("good", kGood);
  options.script_args = "a={";
  EXPECT_THAT(create(), HasSubstr("a={"));
  EXPECT_THAT(recorder.events, IsEmpty());
}

TEST_F(EngineCreate, ScriptArgsFileIsDataFileOrPath) {
  script("tells", "hostrule = function() return true end\naction = function() return nmap.registry.args.a end");
  write("mine.args", "a = data");
  options.script_args_file = "mine.args";
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(host()->scripts[0].output, "data");
  // Relative to the working directory.
  options.script_args_file = std::filesystem::relative(directory / "other.args").string();
  EXPECT_THAT(create(), HasSubstr("--script-args-file: cannot read"));
  write("other.args", "a = elsewhere");
  recorder.events.clear();
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(host()->scripts[0].output, "elsewhere");
  write("other.args", "a = {" + std::string(5000, 'x'));
  EXPECT_THAT(create(),
              MatchesRegex("--script-args-file: '.*/other.args': the script arguments did not parse at '.*'"));
}

TEST_F(EngineCreate, MissingInterfaceSourceOrDatadirIsRefused) {
  options.interface = "no-such-if";
  EXPECT_THAT(create(), HasSubstr("-e: 'no-such-if'"));
  options.interface = "lo";
  options.source = Address::parse("192.0.2.77");
  EXPECT_THAT(create(), HasSubstr("-S 192.0.2.77: cannot use the source address: "));
  options.source = Address::parse("127.0.0.9");
  EXPECT_EQ(create(), "");
  options.datadir = (directory / "missing").string();
  EXPECT_THAT(create(), HasSubstr("--datadir: '" + (directory / "missing").string() + "' is not a directory"));
}

TEST_F(EngineCreate, TakenSourcePortIsRefusedForUsedProtocolsOnly) {
  const net::Peer taken(SOCK_STREAM);
  options.source = Address::parse("127.0.0.1");
  options.source_port = taken.at.port;
  const std::string refused = "cannot use the source port " + std::to_string(taken.at.port);
  EXPECT_THAT(create(), HasSubstr(refused + "/tcp of 127.0.0.1: "));
  options.source.reset();
  options.targets = {"127.0.0.1"};
  EXPECT_THAT(create(), HasSubstr(refused + "/tcp of 127.0.0.1: "));
  options.list_only = true;
  options.ports.reset();
  EXPECT_EQ(create(), "");
  options.list_only = options.tcp_scan = false;
  options.ports = "1";
  options.udp_scan = true;
  EXPECT_EQ(create(), "");
  options.discovery = true;
  EXPECT_THAT(create(), HasSubstr(refused + "/tcp of 127.0.0.1: "));
  options.discovery = false;
  const net::Peer datagrams(SOCK_DGRAM, taken.at.port);
  EXPECT_THAT(create(), HasSubstr(refused + "/udp of 127.0.0.1: "));
}

TEST_F(EngineCreate, SourcePortTakenOnOtherAddressIsAccepted) {
  const net::Peer taken(SOCK_STREAM, 0, INADDR_LOOPBACK + 8);
  options.source_port = taken.at.port;
  options.targets = {"127.0.0.1"};
  EXPECT_EQ(create(), "") << "the probes leave from 127.0.0.1";
}

TEST_F(EngineCreate, SourcePortTakenOnAllAddressesIsRefusedForNamedTargets) {
  const net::Peer everywhere(SOCK_STREAM, 0, INADDR_ANY);
  options.source_port = everywhere.at.port;
  options.targets = {"localhost"};
  EXPECT_THAT(create(), HasSubstr("cannot use the source port " + std::to_string(everywhere.at.port) + "/tcp: "));
}

TEST_F(EngineCreate, LogLinesOfScriptLoadingAreEmittedAfterRunStarted) {
  options.verbosity = 1;
  script("talks", std::string("nmap.log_write('stdout', 'loading')\n") + kGood);
  EXPECT_EQ(create(), "");
  EXPECT_THAT(recorder.events, IsEmpty());
  engine->run();
  EXPECT_THAT(recorder.log(), HasSubstr("loading"));
  EXPECT_TRUE(std::holds_alternative<event::RunStarted>(recorder.events.front().what));
}

TEST_F(EngineCreate, RuleWithoutMatchIsRefused) {
  options.scripts = true;
  options.script_rules = {"no-such-script"};
  EXPECT_THAT(create(), HasSubstr("no-such-script"));
}

TEST_F(EngineCreate, BrokenNamedScriptIsRefused) {
  script("broken", "x = ");
  EXPECT_THAT(create(), HasSubstr("broken.nse"));
}

TEST_F(EngineCreate, ScriptSkippedBySilentRequireIsLoggedWhenVerbose) {
  options.verbosity = 1;
  script("meek", std::string("require('stdnse').silent_require 'no_such_library'\n") + kGood);
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(), HasSubstr("meek.nse': module 'no_such_library' not found"));
}

TEST_F(EngineCreate, BrokenScriptOfDirectoryIsSkippedLoggedAndCounted) {
  std::filesystem::create_directory(directory / "some");
  write("some/broken.nse", "x = ");
  write("some/good.nse", kGood);
  options.scripts = true;
  options.script_rules = {(directory / "some").string()};
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(), HasSubstr("broken"));
  EXPECT_EQ(recorder.one<event::RunFinished>().scripts_left_out, 1u);
  EXPECT_THAT(host()->scripts, SizeIs(1));
}

TEST_F(EngineCreate, CircularDependenciesAreRefused) {
  script("one", std::string("dependencies = {'two'}\n") + kGood);
  script("two", std::string("dependencies = {'one'}\n") + kGood);
  EXPECT_THAT(create(), HasSubstr("circular"));
}

TEST_F(EngineCreate, CategoriesOfDatabaseSelectScripts) {
  write("scripts/good.nse", kGood);
  write("scripts/other.nse", kGood);
  write("scripts/script.db", "Entry { filename = \"good.nse\", categories = { \"mine\", } }\n");
  options.scripts = true;
  options.script_rules = {"mine"};
  EXPECT_EQ(run(), End::Finished);
  ASSERT_THAT(host()->scripts, SizeIs(1));
  EXPECT_EQ(host()->scripts[0].id, "good");
}

TEST_F(EngineCreate, UpdateScriptDbWritesEntriesOfLoadableScripts) {
  write("scripts/good.nse", kGood);
  write("scripts/broken.nse", "x = ");
  options.targets = {};
  options.update_script_db = true;
  EXPECT_EQ(run(), End::Finished);
  std::ifstream database(directory / "scripts/script.db");
  std::string text((std::istreambuf_iterator<char>(database)), {});
  EXPECT_EQ(text, "Entry { filename = \"good.nse\", categories = { \"mine\", \"safe\", } }\n");
  EXPECT_THAT(recorder.log(), HasSubstr("broken.nse is skipped: "));
  EXPECT_THAT(recorder.log(), HasSubstr("NSE: Script Database updated successfully."));
}

TEST_F(EngineCreate, UpdateScriptDbKeepsEntryOfScriptWithMissingLibrary) {
  write("scripts/good.nse", kGood);
  write("scripts/lacking.nse", std::string("require('stdnse').silent_require('no-such-library')\n") + kGood);
  const std::string entry = "Entry { filename = \"lacking.nse\", categories = { \"vuln\", } }\n";
  write("scripts/script.db", entry);
  options.targets = {};
  options.update_script_db = true;
  EXPECT_EQ(run(), End::Finished);
  std::ifstream database(directory / "scripts/script.db");
  const std::string text((std::istreambuf_iterator<char>(database)), {});
  EXPECT_EQ(text, "Entry { filename = \"good.nse\", categories = { \"mine\", \"safe\", } }\n" + entry);
}

TEST_F(EngineCreate, ScriptHelpLogsChosenScriptsWithoutScan) {
  write("scripts/good.nse", kGood);
  options.script_help = {(directory / "scripts/good.nse").string()};
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(), HasSubstr("\ngood\nCategories: mine Safe\nhttps://nmap.org/nsedoc/scripts/good.html\n"
                                        "  Says it.\n\n  Twice.\n"));
  EXPECT_THAT(recorder.all<event::HostStarted>(), IsEmpty());
}

TEST_F(EngineCreate, PortsOfOtherProtocolCauseWarning) {
  options.ports = "T:1,1,U:53";
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(), HasSubstr("without -sU"));
  EXPECT_THAT(recorder.log(), HasSubstr("more than once"));
  const event::RunStarted started = recorder.one<event::RunStarted>();
  ASSERT_THAT(started.scans, SizeIs(1));
  EXPECT_EQ(started.scans[0].type, "connect");
  EXPECT_EQ(started.scans[0].ports, "1");
}

TEST_F(EngineCreate, DebuggingLogsNumberOfSlotsAndOption) {
  options.debugging = 1;
  options.socket_slots = 3;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(), HasSubstr("3 socket slots (--socket-slots)"));
}

}  // namespace
}  // namespace sluice::engine
