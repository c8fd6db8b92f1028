// SPDX-License-Identifier: Apache-2.0
// Scripts that open files on which they must wait: FIFOs.
#include <sys/stat.h>

#include <chrono>

#include "engine_fixture.hpp"

namespace sluice::engine {
namespace {

using namespace std::chrono_literals;

struct BlockingFile : EngineTest {
  BlockingFile() {
    EXPECT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    options.script_timeout = 60s;  // bounds the run if a wait does not end
  }
  std::string path(const std::string& name) const { return (directory / name).string(); }
  void action(const std::string& id, const std::string& text) {
    script(id,
           "local stdnse = require 'stdnse' hostrule = function() return true end action = function() local path = '" +
               path("fifo") + "' " + text + " end");
  }
  std::string result(const std::string& id) const {
    for (const auto& finished : recorder.all<event::ScriptFinished>())
      if (finished.id == id) return finished.result ? finished.result->output : finished.message;
    return "did not run";
  }
  /// Runs two scripts. The first runs `reads` and waits. The second writes two lines to the FIFO after 0.1 s.
  void expect_read(const std::string& reads, const std::string& expected) {
    action("a", reads);
    action("b",
           "stdnse.sleep(0.1) local f = assert(io.open(path, 'w')) f:write('one\\n') stdnse.sleep(0.05) "
           "f:write('two\\n') return tostring(f:close()) .. io.type(f)");
    EXPECT_EQ(run(), Engine::End::Finished);
    EXPECT_EQ(result("a"), expected);
    EXPECT_EQ(result("b"), "trueclosed file");
  }
};

TEST_F(BlockingFile, ReaderOfFifoWaitsForWriterWhileOthersRun) {
  expect_read("local f = assert(io.open(path)) local first = f:read() return io.type(f) .. first .. f:read('a')",
              "fileonetwo\n");
}

TEST_F(BlockingFile, LinesOfFifoAreReadAsWritten) {
  expect_read("local all = '' for line in io.lines(path) do all = all .. line .. ';' end return all", "one;two;");
}

TEST_F(BlockingFile, DefaultInputMayBeFifo) {
  expect_read("io.input(path) local all = io.read('a') io.close(io.input()) return all", "one\ntwo\n");
}

TEST_F(BlockingFile, WriterOfFifoWaitsForReaderWhileOthersRun) {
  action("a", "local f = assert(io.open(path, 'w')) f:write('text') f:close() return 'written'");
  action("b", "stdnse.sleep(0.3) return io.open(path):read('a')");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(result("a"), "written");
  EXPECT_EQ(result("b"), "text");
}

TEST_F(BlockingFile, FifoOpenedForUpdateIsReadAndWritten) {
  action("a",
         "local all = '' for _, mode in ipairs{'r+', 'w+', 'a+', 'r+b'} do local f = assert(io.open(path, mode)) "
         "f:write(mode, '\\n') f:flush() all = all .. f:read() .. ';' .. tostring(f:seek('set', 0)) .. "
         "tostring(f:close()) end "
         "return all");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(result("a"), "r+;niltruew+;niltruea+;niltruer+b;niltrue");
}

TEST_F(BlockingFile, ScriptTimeoutEndsWaitsAndClosesFifos) {
  options.script_timeout = 300ms;
  action("reads", "return io.open(path):read()");
  action("writes", "return io.open(path .. '', 'w')");
  ASSERT_EQ(::mkfifo(path("other").c_str(), 0600), 0);
  action("writes_other", "return io.open(path:gsub('fifo$', 'other'), 'w')");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(recorder.all<event::ScriptFinished>().back().outcome, event::Outcome::TimedOut);
  std::size_t descriptors = 0;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code none;
    descriptors += std::filesystem::read_symlink(each.path(), none) == path("fifo");
  }
  EXPECT_EQ(descriptors, 0u);
}

TEST_F(BlockingFile, StopEndsRunWhileScriptWaitsForFifo) {
  action("reads", "return io.open(path):read()");
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) engine->stop();
  };
  EXPECT_EQ(run(), Engine::End::Stopped);
}

TEST_F(BlockingFile, OpenErrorsAreReturnedToScript) {
  action("a",
         "local f, why, code = io.open('/dev/tty', 'r+') return (f and ' No such device or address6' or "
         "why:match('[^:]*$') .. code) .. tostring(pcall(io.open, path, 'x')) .. tostring(pcall(table.sort, {1, 2}, "
         "function() io.open(path) end)) .. "
         "tostring(io.open('/dev/null', 'w'):write('x') ~= nil) .. #io.open('/dev/zero'):read(5)");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(result("a"), " No such device or address6falsefalsetrue5");
}

}  // namespace
}  // namespace sluice::engine
