// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <gmock/gmock.h>

#include <utility>

namespace sluice::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kErased = "\r\033[J";
constexpr const char* kTwoLines = "\r\033[?7lone\033[K\r\ntwo\033[K\033[J\033[?7h\r\033[1A";

struct TerminalOutput : testing::Test {
  /// Returns what was written since the last call.
  std::string taken() { return std::exchange(written, ""); }
  void print(std::string_view bytes) {
    terminal.print(bytes, [this](std::string_view piece) { written += piece; });
  }
  static std::vector<std::string> two_lines(std::size_t) { return {"one", "two"}; }

  std::string written;
  std::optional<Terminal::Size> size = Terminal::Size{};
  Terminal::Clock::time_point now{};
  Terminal terminal{
      {[this](std::string_view bytes) { written += bytes; }, [this] { return size; }, [this] { return now; }}};
};

TEST_F(TerminalOutput, CursorReturnsToFirstLineOfBlock) {
  terminal.show(two_lines);
  EXPECT_EQ(taken(), kTwoLines);
  terminal.show([](std::size_t) { return std::vector<std::string>{"alone"}; });
  EXPECT_EQ(taken(), "\r\033[?7lalone\033[K\033[J\033[?7h\r");
}

TEST_F(TerminalOutput, BlockIsRemovedBeforeBytesAndDrawnBelowThem) {
  terminal.show(two_lines);
  now += 1s;
  taken();
  print("report\n");
  EXPECT_EQ(taken(), std::string(kErased) + "report\n" + kTwoLines);
}

TEST_F(TerminalOutput, BytesWithoutBlockAreWrittenAsTheyAre) {
  print("report\n");
  EXPECT_EQ(taken(), "report\n");
}

TEST_F(TerminalOutput, ManyPrintsDrawBlockOnce) {
  terminal.show(two_lines);
  taken();
  for (int line = 0; line < 100; ++line) print("x\n");
  EXPECT_THAT(taken(), Not(HasSubstr("one")));
  terminal.refresh();
  EXPECT_EQ(taken(), kTwoLines);
}

TEST_F(TerminalOutput, OpenLineIsNotOverwritten) {
  terminal.show(two_lines);
  now += 1s;
  print("half a ");
  taken();
  terminal.refresh();
  EXPECT_EQ(taken(), "");
  print("line\n");
  EXPECT_EQ(taken(), std::string("line\n") + kTwoLines);
}

TEST_F(TerminalOutput, UnchangedBlockIsNotDrawnAgain) {
  terminal.show(two_lines);
  taken();
  terminal.show(two_lines);
  terminal.refresh();
  EXPECT_EQ(taken(), "");
}

TEST_F(TerminalOutput, BlockIsNarrowerThanTerminal) {
  std::size_t asked = 0;
  terminal.show([&](std::size_t columns) {
    asked = columns;
    return std::vector<std::string>{std::string(columns, 'x')};
  });
  EXPECT_EQ(asked, 79u);
  size->columns = 40;
  terminal.refresh();
  EXPECT_EQ(asked, 39u);
}

TEST_F(TerminalOutput, BlockIsLowerThanTerminal) {
  size->rows = 3;
  terminal.show([](std::size_t) { return std::vector<std::string>{"one", "two", "three", "four"}; });
  EXPECT_EQ(taken(), kTwoLines);
}

TEST_F(TerminalOutput, TinyTerminalHasNoBlock) {
  for (const Terminal::Size tiny : {Terminal::Size{19, 24}, Terminal::Size{80, 2}}) {
    size = tiny;
    terminal.show(two_lines);
    EXPECT_EQ(taken(), "");
  }
}

TEST_F(TerminalOutput, TerminalThatBecomesTinyLosesBlock) {
  terminal.show(two_lines);
  taken();
  size->rows = 2;
  terminal.refresh();
  EXPECT_EQ(taken(), kErased);
}

TEST_F(TerminalOutput, BackgroundProcessDrawsNoBlock) {
  size.reset();
  terminal.show(two_lines);
  print("report\n");
  EXPECT_EQ(taken(), "report\n");
  size.emplace();
  terminal.refresh();
  EXPECT_EQ(taken(), kTwoLines);
}

TEST_F(TerminalOutput, PausedTerminalHasNoBlockUntilResume) {
  terminal.show(two_lines);
  taken();
  terminal.pause();
  EXPECT_EQ(taken(), kErased);
  terminal.refresh();
  print("half");
  EXPECT_EQ(taken(), "half");
  terminal.resume();  // the shell has begun a new line
  EXPECT_EQ(taken(), kTwoLines);
}

TEST_F(TerminalOutput, BlockIsGoneForGoodAfterEnd) {
  terminal.show(two_lines);
  taken();
  terminal.end();
  EXPECT_EQ(taken(), kErased);
  terminal.show(two_lines);
  terminal.refresh();
  print("last line\n");
  EXPECT_EQ(taken(), "last line\n");
}

TEST_F(TerminalOutput, EmptyBlockWritesNothing) {
  terminal.show([](std::size_t) { return std::vector<std::string>{}; });
  EXPECT_EQ(taken(), "");
}

TEST_F(TerminalOutput, AllocationFailureWhileDrawingKeepsReport) {
  terminal.show([](std::size_t) -> std::vector<std::string> { throw std::bad_alloc(); });
  print("report\n");
  EXPECT_EQ(taken(), "report\n");
}

TEST(TerminalInUse, FileThatIsNoTerminalIsWrittenDirectly) {
  std::string on_terminal;
  Terminal::set_in_use(std::make_shared<Terminal>(Terminal::Device{
      [&](std::string_view bytes) { on_terminal += bytes; }, [] { return Terminal::Size{}; }, Terminal::Clock::now}));
  Terminal::in_use()->show([](std::size_t) { return std::vector<std::string>{"block"}; });
  on_terminal.clear();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ReportFile file = ReportFile::on(ends[1], true, "pipe");
  print_to(file, "report\n");
  Terminal::set_in_use(nullptr);
  char text[16] = {};
  EXPECT_EQ(read(ends[0], text, sizeof text), 7);
  EXPECT_STREQ(text, "report\n");
  EXPECT_EQ(on_terminal, "");
  close(ends[0]);
}

}  // namespace
}  // namespace sluice::cli
