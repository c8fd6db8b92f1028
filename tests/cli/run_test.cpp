// SPDX-License-Identifier: Apache-2.0
#include "cli/run.hpp"

#include <gmock/gmock.h>
#include <pthread.h>
#include <pty.h>
#include <sys/resource.h>

#include <array>
#include <sluice/version.hpp>

#include "cli/run_fixture.hpp"

namespace sluice::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using End = Engine::End;

struct Run : RunFixture {
  int run_damaged(const std::function<void(const std::string& file)>& damage);
};

End nothing_found(FakeEngine& engine) {
  engine.start();
  engine.finish();
  return End::Finished;
}
End one_host(FakeEngine& engine) {
  engine.start();
  engine.host("127.0.0.1");
  engine.finish();
  return End::Finished;
}

TEST_F(Run, ReportIsWrittenToStandardOutput) {
  EXPECT_EQ(run({"127.0.0.1"}, one_host), 0);
  EXPECT_THAT(out(), StartsWith(std::string("Starting sluice ") + kVersion));
  EXPECT_THAT(out(), HasSubstr("Nmap scan report for 127.0.0.1\n"));
  EXPECT_EQ(err(), "");
}

TEST_F(Run, VersionDetectionOfPortsMarksAssumedServices) {
  const auto port_and_end = [](FakeEngine& engine) {
    auto report = std::make_shared<HostReport>();
    report->address = *Address::parse("127.0.0.1");
    report->up = true;
    PortReport port;
    port.number = 80;
    port.state = PortState::Open;
    port.table_service = "http";
    report->ports.push_back(std::move(port));
    engine.tell(event::HostFinished{std::move(report)});
    engine.finish();
    return End::Finished;
  };
  EXPECT_EQ(run({"-sV", "-oG", path("with.gnmap"), "127.0.0.1"}, port_and_end), 0);
  EXPECT_THAT(out(), HasSubstr("PORT   STATE SERVICE VERSION\n80/tcp open  http?\n"));
  EXPECT_THAT(text("with.gnmap"), HasSubstr("80/open/tcp//http?///"));
  EXPECT_EQ(run({"-oN", path("without"), "127.0.0.1"}, port_and_end), 0);
  EXPECT_THAT(text("without"), HasSubstr("PORT   STATE SERVICE\n80/tcp open  http\n"));
  EXPECT_EQ(run({"-sn", "-sV", "-oN", path("no-ports"), "127.0.0.1"}, port_and_end), 0);
  EXPECT_THAT(text("no-ports"), HasSubstr("80/tcp open  http\n"));
}

TEST_F(Run, VerboseZeroSuppressesStandardOutputOnly) {
  EXPECT_EQ(run({"-v0", "-oN", path("report"), "127.0.0.1"}, one_host), 0);
  EXPECT_EQ(out(), "");
  EXPECT_THAT(text("report"), HasSubstr("Nmap scan report for 127.0.0.1\n"));
}

TEST_F(Run, EachFormatIsWrittenToRequestedFile) {
  EXPECT_EQ(run({"-oA", path("base"), "-oJ", path("base.json"), "127.0.0.1"}, one_host), 0);
  EXPECT_THAT(text("base.nmap"), StartsWith("# "));
  EXPECT_THAT(text("base.gnmap"), HasSubstr("Host: 127.0.0.1"));
  EXPECT_TRUE(is_whole_xml(text("base.xml")));
  EXPECT_THAT(text("base.json"), HasSubstr("\"event\":\"run_finished\""));
}

End host_and_print(FakeEngine& engine) {
  engine.start();
  engine.tell(event::warning("a doubt."));
  engine.tell(event::Log{event::LogTo::Output, "asked for by -v", 1});
  engine.tell(event::Log{event::LogTo::Output, "asked for by -d"});
  std::printf("printed by a script\n");
  engine.tell(event::Stats{});
  engine.host("127.0.0.1");
  engine.finish();
  return End::Finished;
}

TEST_F(Run, ReportOnStdoutLeavesDiagnosticsOnRedirectedStderr) {
  EXPECT_EQ(run({"-vvv", "-oX", "-", "127.0.0.1"}, host_and_print), 0);
  EXPECT_TRUE(is_whole_xml(out()));
  EXPECT_THAT(out(), Not(HasSubstr("printed")));
  EXPECT_EQ(err(), "Warning: a doubt.\nasked for by -d\nprinted by a script\n");
}

TEST_F(Run, ReportOnStdoutPutsTextReportOnTerminalStderr) {
  int ours = -1, theirs = -1;
  ASSERT_EQ(openpty(&ours, &theirs, nullptr, nullptr, nullptr), 0);
  const int kept = dup(STDERR_FILENO);
  dup2(theirs, STDERR_FILENO);
  std::vector<std::string> arguments = {"sluice", "-v", "--color", "never", "-oX", "-", "127.0.0.1"};
  int code = 0;
  {
    const Redirected stdout_file(STDOUT_FILENO, path("stdout"));
    code = cli::run(arguments, [](Options, Observer& observer) {
      return std::unique_ptr<Engine>(std::make_unique<FakeEngine>(observer, host_and_print));
    });
  }
  dup2(kept, STDERR_FILENO);
  close(kept);
  close(theirs);
  std::string seen;
  std::array<char, 4096> piece{};  // the terminal may pass the output on in several pieces; then read() fails
  for (ssize_t size = 0; (size = ::read(ours, piece.data(), piece.size())) > 0;)
    seen.append(piece.data(), static_cast<std::size_t>(size));
  close(ours);
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(is_whole_xml(out()));
  EXPECT_THAT(seen, AllOf(HasSubstr("asked for by -v"), HasSubstr("printed by a script\r\nStats: "),
                          HasSubstr("Nmap scan report for 127.0.0.1\r\n")));
}

TEST_F(Run, ScriptPrintsKeepOrderWithinReport) {
  EXPECT_EQ(run({"127.0.0.1"},
                [](FakeEngine& engine) {
                  engine.start();
                  std::printf("printed\n");
                  engine.host("127.0.0.1");
                  engine.finish();
                  return End::Finished;
                }),
            0);
  EXPECT_THAT(out(), HasSubstr("\nprinted\nNmap scan report for 127.0.0.1\n"));
}

TEST_F(Run, EventIsWrittenToFileAtOnce) {
  EXPECT_EQ(run({"-oJ", path("json"), "-oX", path("xml"), "127.0.0.1"},
                [&](FakeEngine& engine) {
                  engine.start();
                  engine.host("127.0.0.1");
                  EXPECT_THAT(text("json"), HasSubstr("\"event\":\"host\""));
                  EXPECT_THAT(text("xml"), HasSubstr("</host>\n"));
                  engine.finish();
                  return End::Finished;
                }),
            0);
}

TEST_F(Run, ReportReplacesFileUnlessAppendOutputIsGiven) {
  write("report", "before, and longer than anything that comes after it\n" + std::string(4096, 'x'));
  EXPECT_EQ(run({"-oN", path("report"), "127.0.0.1"}, nothing_found), 0);
  EXPECT_THAT(text("report"), StartsWith("# "));
  EXPECT_THAT(text("report"), Not(HasSubstr("xxx")));
  write("report", "before\n");
  EXPECT_EQ(run({"--append-output", "-oN", path("report"), "127.0.0.1"}, nothing_found), 0);
  EXPECT_THAT(text("report"), StartsWith("before\n# "));
}

TEST_F(Run, UnwritableReportIsRefusedAndOtherFilesAreKept) {
  write("other", "before");
  const std::string bad = path("no/such/folder");
  const auto never = [](FakeEngine&) {
    ADD_FAILURE() << "started";
    return End::Finished;
  };
  EXPECT_EQ(run({"-oN", path("other"), "-oG", path("new"), "-oX", bad, "127.0.0.1"}, never), 2);
  EXPECT_EQ(text("other"), "before");
  EXPECT_FALSE(exists("new"));
  EXPECT_EQ(out(), "");
  EXPECT_EQ(err(), "sluice: cannot write the report to " + bad + ": No such file or directory.\nQUITTING!\n");
}

TEST_F(Run, TwoReportsToOneFileAreRefused) {
  EXPECT_EQ(run({"-oN", path("x"), "-oX", folder / "." / "x", "127.0.0.1"}, nothing_found), 2);
  EXPECT_THAT(err(), HasSubstr("another report uses this file"));
  EXPECT_FALSE(exists("x"));
}

TEST_F(Run, EngineErrorKeepsEarlierReports) {
  write("other", "before");
  EXPECT_EQ(run_with({"-oN", path("other"), "-oX", path("new"), "127.0.0.1"},
                     [](Options, Observer& observer) -> Result<std::unique_ptr<Engine>> {
                       observer.on_event({{}, event::Log{event::LogTo::Error, "a warning"}});
                       return Error{"-p x: no"};
                     }),
            2);
  EXPECT_EQ(text("other"), "before");
  EXPECT_FALSE(exists("new"));
  EXPECT_EQ(out(), "");
  EXPECT_EQ(err(), "a warning\nsluice: -p x: no.\nQUITTING!\n");
}

TEST_F(Run, InvalidOptionPrintsOneErrorLineAndQuitting) {
  EXPECT_EQ(run({"--no-such-option"}, nothing_found), 2);
  EXPECT_THAT(err(), testing::MatchesRegex("sluice: --no-such-option: [^\n]*\nQUITTING!\n"));
}

TEST_F(Run, WarningDoesNotStopRun) {
  EXPECT_EQ(run({"-iL", "/dev/null", "127.0.0.1"}, nothing_found), 0);
  EXPECT_EQ(err(), "Warning: -iL /dev/null: the targets on the command line are ignored.\n");
}

TEST_F(Run, HelpAndVersionAreWrittenToStandardOutput) {
  EXPECT_EQ(run({"-h"}, nothing_found), 0);
  EXPECT_THAT(out(), StartsWith("Usage: "));
  EXPECT_EQ(run({"-V"}, nothing_found), 0);
  EXPECT_THAT(out(), HasSubstr(std::string("sluice version ") + kVersion + "\nNmap version " + kNmapVersion +
                               " ( https://nmap.org ) is the version whose options, scripts and reports sluice "
                               "supports. sluice is not Nmap.\nLibraries: lua-5.4."));
  EXPECT_EQ(err(), "");
}

TEST_F(Run, IflistPrintsInterfacesWithoutRun) {
  const auto never = [](FakeEngine&) {
    ADD_FAILURE() << "started";
    return End::Finished;
  };
  EXPECT_EQ(run({"--iflist", "-oX", path("xml"), "127.0.0.1"}, never), 0);
  EXPECT_THAT(out(), StartsWith("Starting sluice "));
  EXPECT_THAT(out(), HasSubstr("*INTERFACES*"));
  EXPECT_THAT(out(), HasSubstr("loopback"));
  EXPECT_FALSE(exists("xml"));
}

TEST_F(Run, NoArgumentsPrintUsageAndReturnCode2) {
  EXPECT_EQ(run({}, nothing_found), 2);
  EXPECT_THAT(out(), StartsWith("Usage: "));
}

TEST_F(Run, StderrLinesAreEscaped) {
  EXPECT_EQ(run({"127.0.0.1"},
                [](FakeEngine& engine) {
                  engine.start();
                  engine.tell(event::Log{event::LogTo::Error, "bad \x1b[2J thing"});
                  engine.finish();
                  return End::Finished;
                }),
            0);
  EXPECT_THAT(err(), StartsWith("bad "));
  EXPECT_THAT(err(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(out(), Not(HasSubstr("bad ")));
}

TEST_F(Run, UnresolvedTargetThatResemblesACommandGivesAHint) {
  const auto skips = [](const std::string& name) {
    return [name](FakeEngine& engine) {
      engine.start();
      engine.tell(event::warning("Failed to resolve."));
      engine.tell(event::TargetSkipped{name, "Failed to resolve."});
      engine.finish();
      return End::Finished;
    };
  };
  const std::string warning = "Warning: Failed to resolve.\n";
  const std::string hint = "sluice: did you mean the command show? A command must be the first argument.\n";
  EXPECT_EQ(run({"shwo", "j.db"}, skips("j.db")), 0);
  EXPECT_EQ(run({"host.test"}, skips("host.test")), 0);
  EXPECT_EQ(err(), warning + warning);
  EXPECT_EQ(run({"--color", "never", "show", "j.db"}, skips("show")), 0);
  EXPECT_EQ(run({"shwo", "127.0.0.1"}, skips("shwo")), 0);
  EXPECT_THAT(err(), testing::EndsWith(warning + warning + hint + warning + hint));
}

TEST_F(Run, FailedRunReturnsCode1AndPrintsError) {
  EXPECT_EQ(run({"-oX", path("xml"), "127.0.0.1"},
                [](FakeEngine& engine) {
                  engine.start();
                  event::RunFinished run;
                  run.error = "script x is stuck";
                  engine.tell(std::move(run));
                  return End::Failed;
                }),
            1);
  EXPECT_EQ(err(), "sluice: script x is stuck.\n");
  EXPECT_TRUE(is_whole_xml(text("xml")));
}

TEST_F(Run, RunStoppedByMaxTimeReturnsCode1WithCompleteReports) {
  std::optional<Options::Milliseconds> max_time;
  const auto make_engine = [&](Options options, Observer& observer) {
    max_time = options.max_time;
    return std::unique_ptr<Engine>(std::make_unique<FakeEngine>(observer, [](FakeEngine& engine) {
      engine.start();
      event::RunFinished run;
      run.error = "--max-time has expired";
      engine.tell(std::move(run));
      return End::Stopped;
    }));
  };
  EXPECT_EQ(run_with({"--max-time", "90s", "-oX", path("xml"), "-oN", path("text"), "127.0.0.1"}, make_engine), 1);
  EXPECT_EQ(max_time, std::chrono::seconds(90));
  EXPECT_EQ(err(), "sluice: --max-time has expired.\n");
  EXPECT_THAT(out(), HasSubstr("; the run was stopped before its end\n"));
  EXPECT_THAT(text("text"), HasSubstr("--max-time has expired\nQUITTING!\n"));
  EXPECT_TRUE(is_whole_xml(text("xml")));
  EXPECT_THAT(text("xml"), HasSubstr("exit=\"error\" errormsg=\"-&#45;max-time has expired\""));
}

TEST_F(Run, UnusableInputReturnsCode2WithCompleteReports) {
  EXPECT_EQ(run({"-oX", path("xml"), "--targets-from", "list"},
                [](FakeEngine& engine) {
                  engine.start();
                  engine.finish();
                  return End::Unusable;
                }),
            2);
  EXPECT_TRUE(is_whole_xml(text("xml")));
}

TEST_F(Run, AllocationFailureLeavesCompleteReports) {
  EXPECT_EQ(run({"-oX", path("xml"), "-oJ", path("json"), "127.0.0.1"},
                [](FakeEngine& engine) -> End {
                  engine.start();
                  engine.host("127.0.0.1");
                  throw std::bad_alloc();
                }),
            1);
  EXPECT_EQ(err(), "sluice: out of memory.\n");
  EXPECT_TRUE(is_whole_xml(text("xml")));
  EXPECT_THAT(text("xml"), HasSubstr("errormsg=\"out of memory\"/><hosts up=\"1\" down=\"0\" total=\"1\"/>"));
  EXPECT_THAT(text("json"), HasSubstr("\"error\":\"out of memory\"}\n"));
  EXPECT_THAT(out(), HasSubstr("Nmap done"));
}

#ifndef __SANITIZE_ADDRESS__  // AddressSanitizer needs more address space than these tests leave
TEST_F(Run, RunIsRefusedWithoutSignalThread) {
  const pid_t child = fork();
  if (child == 0) {
    pthread_attr_t larger_than_memory;
    pthread_attr_init(&larger_than_memory);
    pthread_attr_setstacksize(&larger_than_memory, std::size_t{1} << 46);
    pthread_setattr_default_np(&larger_than_memory);
    _exit(run({"-oX", path("xml"), "127.0.0.1"}, one_host));
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_EQ(err(), "sluice: cannot start the thread for signals: Resource temporarily unavailable.\nQUITTING!\n");
}

/// Allocates all memory of this process, down to the smallest piece, and never frees it.
void use_up_memory() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlimit little{pages * static_cast<std::size_t>(getpagesize()) + (16u << 20), RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &little);
  static void* last = nullptr;
  for (std::size_t size = 1 << 16; size >= sizeof last; size /= 2)
    while (void* piece = ::operator new(size, std::nothrow)) *static_cast<void**>(piece) = std::exchange(last, piece);
}

TEST_F(Run, ReportsAreCompletedWithoutFreeMemory) {
  const auto caught = [](FakeEngine& engine) -> End {
    engine.start();
    use_up_memory();
    throw std::bad_alloc();
  };
  const auto uncaught = [](FakeEngine& engine) -> End {
    engine.start();
    use_up_memory();
    const auto allocate = [] { throw std::bad_alloc(); };
    [&]() noexcept { allocate(); }();
    return End::Finished;
  };
  for (const FakeEngine::Script& hog : {FakeEngine::Script(caught), FakeEngine::Script(uncaught)}) {
    for (const char* file : {"stdout", "stderr"}) std::filesystem::remove(path(file));
    EXPECT_EQ(run_apart({"-oX", path("xml"), "-oJ", path("json"), "-oG", path("grep"), "127.0.0.1"}, hog), 1);
    EXPECT_EQ(err(), "sluice: out of memory.\n");
    EXPECT_TRUE(is_whole_xml(text("xml")));
    EXPECT_THAT(text("json"), HasSubstr("\"error\":\"out of memory\"}\n"));
    EXPECT_THAT(text("grep"), HasSubstr("# Nmap done at"));
    EXPECT_THAT(out(), HasSubstr("Nmap done"));
  }
}
#endif

TEST_F(Run, AllocationFailureInNoexceptFunctionLeavesCompleteReports) {
  const auto fails = [](FakeEngine& engine) -> End {
    engine.start();
    engine.host("127.0.0.1");
    const auto allocate = [] { throw std::bad_alloc(); };
    [&]() noexcept { allocate(); }();
    return End::Finished;
  };
  EXPECT_EQ(run_apart({"-oX", path("xml"), "-oJ", path("json"), "127.0.0.1"}, fails), 1);
  EXPECT_EQ(err(), "sluice: out of memory.\n");
  EXPECT_TRUE(is_whole_xml(text("xml")));
  EXPECT_THAT(text("json"), HasSubstr("\"error\":\"out of memory\"}\n"));
}

TEST_F(Run, ErrorEndingInQuestionMarkGetsNoFullStop) {
  EXPECT_EQ(
      run_with({"127.0.0.1"}, [](Options, Observer&) -> Result<std::unique_ptr<Engine>> { return Error{"why?"}; }), 2);
  EXPECT_EQ(err(), "sluice: why?\nQUITTING!\n");
}

TEST_F(Run, AllocationFailureBeforeStartReturnsCode2) {
  write("other", "before");
  EXPECT_EQ(run_with({"-oN", path("other"), "127.0.0.1"},
                     [](Options, Observer&) -> Result<std::unique_ptr<Engine>> { throw std::bad_alloc(); }),
            2);
  EXPECT_EQ(err(), "sluice: out of memory.\nQUITTING!\n");
  EXPECT_EQ(text("other"), "before");
}

TEST_F(Run, FullDiskIsReportedOnceAndReturnsCode3) {
  EXPECT_EQ(run({"-oX", "/dev/full", "-oJ", path("json"), "127.0.0.1"}, one_host), 3);
  EXPECT_EQ(err(), "sluice: /dev/full: No space left on device; this report is not complete.\n");
  EXPECT_THAT(text("json"), HasSubstr("\"event\":\"run_finished\""));
  EXPECT_THAT(out(), HasSubstr("Nmap done"));
}

TEST_F(Run, FileSizeLimitReturnsCode3) {
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{64, before.rlim_max};
  // The report is longer than the limit. The test does not check stdout and stderr, which are limited files, too.
  EXPECT_EQ(run({"-v0", "-oX", path("xml"), "127.0.0.1"},
                [&](FakeEngine& engine) {
                  setrlimit(RLIMIT_FSIZE, &small);
                  engine.start();
                  setrlimit(RLIMIT_FSIZE, &before);
                  engine.host("127.0.0.1");
                  engine.finish();
                  return End::Finished;
                }),
            3);
  EXPECT_EQ(text("xml"), "") << "neither half of it, nor what came behind the gap";
}

/// Runs with an XML and an NDJSON report. `damage` changes the XML file between two events.
int Run::run_damaged(const std::function<void(const std::string& file)>& damage) {
  return run({"-v0", "-oX", path("xml"), "-oJ", path("json"), "127.0.0.1"}, [&](FakeEngine& engine) {
    engine.start();
    damage(path("xml"));
    engine.host("127.0.0.1");
    engine.finish();
    return End::Finished;
  });
}

TEST_F(Run, ReportChangedByOtherWriterReturnsCode3) {
  const std::string why =
      "sluice: " + path("xml") + ": another program has changed the file; this report is not complete.\n";
  EXPECT_EQ(run_damaged([](const std::string& file) { std::ofstream(file) << "GARBAGE\n"; }), 3);
  EXPECT_EQ(err(), why);
  EXPECT_THAT(text("json"), HasSubstr("\"event\":\"run_finished\""));
  EXPECT_EQ(run_damaged([](const std::string& file) { std::ofstream(file, std::ios::app) << "GARBAGE\n"; }), 3);
  EXPECT_EQ(run_damaged([](const std::string& file) { std::filesystem::resize_file(file, 5); }), 3);
  EXPECT_EQ(err(), why + why + why);
}

TEST_F(Run, ReportWithMovedFilePositionReturnsCode3) {
  const auto move = [](const std::string& file) {
    for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code none;
      if (std::filesystem::equivalent(each.path(), file, none)) lseek(std::stoi(each.path().filename()), 3, SEEK_SET);
    }
  };
  EXPECT_EQ(run_damaged(move), 3);
}

TEST_F(Run, ReportTruncatedAfterLastEventReturnsCode3) {
  EXPECT_EQ(run({"-oX", path("xml"), "127.0.0.1"},
                [&](FakeEngine& engine) {
                  one_host(engine);
                  std::filesystem::resize_file(path("xml"), 5);
                  return End::Finished;
                }),
            3);
}

TEST_F(Run, AppendedReportMayGrowButNotShrink) {
  const auto append = [&](const std::function<void()>& meanwhile) {
    return run({"--append-output", "-oJ", path("json"), "127.0.0.1"}, [&](FakeEngine& engine) {
      engine.start();
      meanwhile();
      engine.finish();
      return End::Finished;
    });
  };
  ASSERT_EQ(append([] {}), 0);
  const std::string line = text("json").substr(0, text("json").find('\n') + 1);  // of another program
  EXPECT_EQ(append([&] { std::ofstream(path("json"), std::ios::app) << line; }), 0);
  EXPECT_EQ(append([&] { std::ofstream(path("json")) << line; }), 3);
}

TEST_F(Run, IncompleteNdjsonReportHasCompleteLines) {
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(run({"-v0", "-oJ", path("json"), "127.0.0.1"},
                [&](FakeEngine& engine) {
                  engine.start();
                  const rlimit small{std::filesystem::file_size(path("json")) + 20, before.rlim_max};
                  setrlimit(RLIMIT_FSIZE, &small);
                  engine.host("127.0.0.1");
                  setrlimit(RLIMIT_FSIZE, &before);
                  engine.finish();
                  return End::Finished;
                }),
            3);
  EXPECT_THAT(text("json"), AllOf(testing::StartsWith("{\"event\":\"run_started\""), testing::EndsWith("}\n")));
  EXPECT_THAT(text("json"), testing::Not(HasSubstr("\"host\"")));
}

TEST_F(Run, ClosedStdoutPipeReturnsCode3AndKeepsOtherReports) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  close(ends[0]);
  const int kept = dup(STDOUT_FILENO);
  int code;
  {
    const Redirected err(STDERR_FILENO, path("stderr"));
    dup2(ends[1], STDOUT_FILENO);
    const std::vector<std::string> arguments{"sluice", "-oX", path("xml"), "127.0.0.1"};
    code = cli::run(arguments, [](Options, Observer& observer) {
      return std::unique_ptr<Engine>(std::make_unique<FakeEngine>(observer, one_host));
    });
    dup2(kept, STDOUT_FILENO);
  }
  close(kept);
  close(ends[1]);
  EXPECT_EQ(code, 3);
  EXPECT_EQ(err(), "sluice: standard output: Broken pipe; this report is not complete.\n");
  EXPECT_TRUE(is_whole_xml(text("xml")));
}

TEST_F(Run, StylesheetIsWrittenUnlessDisabled) {
  EXPECT_EQ(run({"--no-stylesheet", "-oX", path("xml"), "127.0.0.1"}, nothing_found), 0);
  EXPECT_THAT(text("xml"), Not(HasSubstr("xml-stylesheet")));
  EXPECT_EQ(run({"--stylesheet", "a.xsl", "-oX", path("xml"), "127.0.0.1"}, nothing_found), 0);
  EXPECT_THAT(text("xml"), HasSubstr("<?xml-stylesheet href=\"a.xsl\" type=\"text/xsl\"?>"));
  write("nmap.xsl", "");
  EXPECT_EQ(run({"--datadir", folder, "-oX", path("xml"), "127.0.0.1"}, nothing_found), 0);
  EXPECT_THAT(text("xml"), HasSubstr("<?xml-stylesheet href=\"file://" + path("nmap.xsl") + "\""));
}

}  // namespace
}  // namespace sluice::cli
