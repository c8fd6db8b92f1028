// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

/// os.execute, io.popen and the standard input. The fake network simulates the commands in virtual time.
class Command : public RuntimeFixture {
 protected:
  static constexpr const char* kShow =
      "local function show(...) local t = table.pack(...)\n"
      "for i = 1, t.n do t[i] = tostring(t[i]) end return table.concat(t, ' ') end\n";
  std::string shows(const std::string& code) { return act(kShow + code); }
  net::FakeServer& command(const std::string& line = "c") { return network.command(line); }
};

TEST_F(Command, ExecuteReturnsExitCodeOrSignal) {
  command("three").exit({3});
  command("killed").exit({9, true});
  EXPECT_EQ(shows("return show(os.execute('true'))"), "true exit 0");
  EXPECT_EQ(shows("return show(os.execute('three'))"), "nil exit 3");
  EXPECT_EQ(shows("return show(os.execute('killed'))"), "nil signal 9");
  EXPECT_EQ(shows("return show(os.execute())"), "true");
}

TEST_F(Command, MissingShellIsErrorWithReason) {
  command().refuse(ENOENT);
  EXPECT_EQ(shows("return show(os.execute('c'))"), "nil No such file or directory 2");
  EXPECT_EQ(shows("return show(io.popen('c'))"), "nil c: No such file or directory 2");
}

TEST_F(Command, ExecuteSuspendsOneThreadOnly) {
  command().after(10s).exit({});
  network.tcp("192.0.2.1", 80).rtt(1s).banner("hello");
  ASSERT_EQ(
      load("both",
           "portrule = function() return true end\nlocal nmap = require 'nmap' local stdnse = require 'stdnse'\n"
           "action = function(host, port) local order = {}\n"
           "local waiter = stdnse.new_thread(function() os.execute('c') order[#order + 1] = 'command' end)\n"
           "local s = nmap.new_socket() s:connect(host, 80) local _, text = s:receive() order[#order + 1] = text\n"
           "while coroutine.status(waiter) ~= 'dead' do stdnse.sleep(1) end\n"
           "return table.concat(order, ' then ') end"),
      "");
  start_port("both");
  run();
  EXPECT_EQ(result("both"), "hello then command");
}

TEST_F(Command, ExecuteWaitsInsideCoroutine) {
  command().after(2s).exit({7});
  EXPECT_EQ(shows("local co = coroutine.wrap(function() local _, _, code = os.execute('c') coroutine.yield(code)\n"
                  "for l in io.popen('lines'):lines() do coroutine.yield(l) end end)\n"
                  "return show(co())"),
            "7");
  EXPECT_EQ(clock.now().time_since_epoch() >= 2s, true);
}

TEST_F(Command, ReadAcceptsFormatsOfLua) {
  command().banner("one\ntwo\n12 0x10 x").after(1s).banner("yz\nre").after(1s).banner("st");
  EXPECT_EQ(shows("local f = io.popen('c')\n"
                  "return show(f:read(), f:read('L'), f:read('n', '*n', 'n'), f:read(3), f:read(0), f:read('a'), "
                  "f:read('a'), f:read('l'))"),
            "one two\n 12 xyz  \nrest  nil");
  EXPECT_EQ(shows("local f = io.popen('c') f:read('l', 'l') return show(f:read('n', 'n', 'n', 'l'))"), "12 16 nil");
  EXPECT_EQ(shows("return show(pcall(io.popen('c').read, io.popen('c'), 'q'))"),
            "false bad argument #2 to '?' (invalid format)");
}

TEST_F(Command, LinesIteratorSuspendsBetweenLines) {
  command().after(1s).banner("a\nb").after(1s).banner("b\nc").after(1s).exit({});
  EXPECT_EQ(shows("local all = {} local f = io.popen('c') for line in f:lines() do all[#all + 1] = line end\n"
                  "return table.concat(all, ',') .. ' ' .. show(f:close())"),
            "a,bb,c true exit 0");
}

TEST_F(Command, LinesIteratorOfClosedFileRaises) {
  EXPECT_EQ(shows("local f = io.popen('c') local next = f:lines() f:close() return show(pcall(next))"),
            "false file is already closed");
}

TEST_F(Command, CloseWaitsForExitAndReturnsExitCode) {
  command().banner("x").after(5s).exit({4});
  EXPECT_EQ(
      shows("local f = io.popen('c') local first = f:read(1) return show(first, io.type(f), f:close()) .. ' ' ..\n"
            "show(io.type(f), f, pcall(f.read, f))"),
      "x file nil exit 4 closed file file (closed) false attempt to use a closed file");
  EXPECT_EQ(shows("local f = io.popen('c') return show(io.close(f))"), "nil exit 4");
  EXPECT_EQ(command().kills(), 0u);
}

TEST_F(Command, ToBeClosedVariableWaitsForExit) {
  command().after(5s).exit({});
  const TimePoint before = clock.now();
  EXPECT_EQ(shows("local kept do local f <close> = io.popen('c') kept = f end return show(kept)"), "file (closed)");
  EXPECT_EQ(clock.now() - before, 5s);
}

TEST_F(Command, WriteFormatsNumbersAsLua) {
  EXPECT_EQ(
      shows("local f = io.popen('c', 'w')\n"
            "return show(f:write('text ', 1, ' ', 2.0, ' ', 0.5) == f, f:flush(), f:setvbuf('full', 9), f:close())"),
      "true true true true exit 0");
  EXPECT_EQ(command().received(), "text 1 2 0.5");
}

TEST_F(Command, OperationInWrongDirectionFails) {
  EXPECT_EQ(shows("return show(io.popen('c'):write('x'))"), "nil Bad file descriptor 9");
  EXPECT_EQ(shows("return show(io.popen('c', 'w'):read())"), "nil Bad file descriptor 9");
  EXPECT_EQ(shows("return show(io.popen('c'):seek())"), "nil Illegal seek 29");
}

TEST_F(Command, ArgumentsAreCheckedAsInLua) {
  EXPECT_EQ(shows("return show(pcall(io.popen, 'c', 'rw'))"), "false bad argument #2 to 'io.popen' (invalid mode)");
  EXPECT_EQ(act("return io.popen('c', 'x')"),
            "failed: " + directory + "/act.nse:7: bad argument #2 to 'popen' (invalid mode)");
  EXPECT_EQ(shows("return show(pcall(os.execute, {}))"),
            "false bad argument #1 to 'os.execute' (string expected, got table)");
  EXPECT_EQ(command().attempts(), 0u);
}

TEST_F(Command, OutputInManyPiecesIsComplete) {
  for (int piece = 0; piece < 100; ++piece) command().banner("0123456789");
  EXPECT_EQ(shows("return show(#io.popen('c'):read('a'))"), "1000");
}

TEST_F(Command, OutputBeyondReceiveLimitIsError) {
  options.receive_limit = 100;
  for (int piece = 0; piece < 20; ++piece) command().banner("0123456789");
  EXPECT_EQ(shows("local f = io.popen('c') return show(f:read('a')) .. ' ' .. f:read(5)"),
            "nil File too large 27 01234");
}

TEST_F(Command, CommandFilesCanBeDefaultFiles) {
  command().banner("1\n2\n3\n");
  EXPECT_EQ(shows("local stdin, stdout = io.input(), io.output() local f = io.popen('c')\n"
                  "local same = io.input(f) == f and io.input() == f\n"
                  "local first, rest = io.read(), {} for l in io.lines() do rest[#rest + 1] = l end f:close()\n"
                  "local closed = show(pcall(io.read)) io.input(stdin)\n"
                  "io.output(io.popen('w', 'w')) io.write('text') local ended = show(io.close()) io.output(stdout)\n"
                  "return show(same, first, #rest, closed, ended, io.input() == stdin, io.output() == stdout)"),
            "true 1 2 false default input file is closed true exit 0 true true");
  EXPECT_EQ(command("w").received(), "text");
}

TEST_F(Command, StandardInputOfScriptsIsEmpty) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const int kept = ::dup(STDIN_FILENO);
  ::dup2(pipe[0], STDIN_FILENO);
  ASSERT_EQ(::write(pipe[1], "targets\n", 8), 8);
  EXPECT_EQ(
      shows("local lines = 0 for _ in io.lines() do lines = lines + 1 end\n"
            "return show(io.read(), io.read('a'), io.stdin:read(), lines, io.type(io.stdin), io.input() == io.stdin)"),
      "nil  nil 0 file true");
  char text[8];
  EXPECT_EQ(::read(pipe[0], text, sizeof text), 8);
  ::dup2(kept, STDIN_FILENO);
  for (const int descriptor : {kept, pipe[0], pipe[1]}) ::close(descriptor);
}

TEST_F(Command, KilledThreadKillsCommands) {
  options.script_timeout = 3s;
  command("executed").silent();
  command("read").silent();
  command("idle").silent();
  script("executes", "os.execute('executed')");
  script("reads", "local other = io.popen('idle') io.popen('read'):read()");
  start_host("executes");
  start_host("reads");
  run();
  EXPECT_EQ(result("executes"), "timed out");
  EXPECT_EQ(result("reads"), "timed out");
  for (const char* line : {"executed", "read", "idle"}) EXPECT_EQ(command(line).kills(), 1u) << line;
}

TEST_F(Command, EndedThreadDoesNotKillCommands) {
  command().after(100s).exit({});
  EXPECT_EQ(act("io.popen('c', 'w'):write('x') return 'done'"), "done");
  EXPECT_EQ(command().kills(), 0u);
}

TEST_F(Command, CollectedFileIsClosedWithoutKill) {
  command().silent();
  EXPECT_EQ(act("io.popen('c') collectgarbage() collectgarbage() return tostring(nmap.socket ~= nil)"), "true");
  EXPECT_EQ(command().kills(), 0u);
  EXPECT_EQ(network.open_sockets(), 0u);
}

TEST_F(Command, FileInUseCannotBeReadByOtherThread) {
  command().after(2s).banner("late\n").after(100s).exit({});
  EXPECT_EQ(act("local f = io.popen('c') local line\n"
                "stdnse.new_thread(function() line = f:read() end) stdnse.sleep(1)\n"
                "local _, message = pcall(f.read, f) stdnse.sleep(2)\n"
                "return message .. ', ' .. line"),
            "the file is in use by another thread, late");
}

TEST_F(Command, EndOfOwnerClosesFileUnderReader) {
  command().silent();
  EXPECT_EQ(act("local f, outcome local reader = stdnse.new_thread(function() stdnse.sleep(1)\n"
                "  local _, message = f:read() outcome = message .. ', ' .. tostring(f) end)\n"
                "stdnse.new_thread(function() f = io.popen('c') stdnse.sleep(2) end)\n"
                "while coroutine.status(reader) ~= 'dead' do stdnse.sleep(1) end return outcome"),
            "Bad file descriptor, file (closed)");
}

TEST_F(Command, CommandDuringLoadRunsWithEmptyInput) {
  EXPECT_EQ(load("early",
                 "local cat = io.popen('cat; echo end') local code = select(3, os.execute('read line; exit $?'))\n"
                 "local seen = cat:read('a') .. code assert(seen == 'end\\n1', seen) cat:close()\n"
                 "prerule = function() end action = function() end"),
            "");
}

TEST_F(Command, CommandInNonYieldableCallIsNotStarted) {
  EXPECT_THAT(act("return string.gsub('x', 'x', function() os.execute('c') end)"),
              HasSubstr("attempt to yield across a C-call boundary"));
  EXPECT_EQ(act("setmetatable({}, {__gc = function() os.execute('c') io.popen('c') end}) return 'done'"), "done");
  runtime->collect();
  EXPECT_EQ(command().attempts(), 0u);
}

TEST_F(Command, CommandsAreLoggedFromDebuggingLevelTwo) {
  options.debugging = 1;
  shows("os.execute('c') io.popen('d', 'w'):close()");
  EXPECT_THAT(log, Not(HasSubstr("command")));
  runtime->options.debugging = 2;
  shows("os.execute('c') io.popen('d', 'w'):close()");
  EXPECT_THAT(log, HasSubstr("NSE: act against host.example (192.0.2.1:80) runs the command: c\n"));
  EXPECT_THAT(log, HasSubstr("runs the command: d\n"));
}

TEST_F(Command, TraceDoesNotShowCommands) {
  options.script_trace = true;
  shows("os.execute('c') io.popen('d'):close()");
  EXPECT_THAT(log, Not(HasSubstr("CLOSE")));
}

}  // namespace
}  // namespace sluice::nse
