// SPDX-License-Identifier: Apache-2.0
#include "native/native_input_stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluice::net {
namespace {

using namespace std::chrono_literals;

struct InputStream : testing::Test {
  InputStream() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-input-XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  ~InputStream() override { std::filesystem::remove_all(folder); }

  std::unique_ptr<net::InputStream> open(const std::string& path) {
    auto stream = NativeInputStream::open(loop, path);
    EXPECT_TRUE(stream) << (stream ? "" : stream.error().message);
    return stream ? std::move(*stream) : nullptr;
  }
  std::string taken(net::InputStream& stream) {
    std::string text;
    stream.read_into(text);
    return text;
  }
  void wait_until_ready(net::InputStream& stream) {
    const TimePoint limit = std::chrono::steady_clock::now() + 10s;
    while (!stream.ready() && std::chrono::steady_clock::now() < limit) loop.wait(limit);
    ASSERT_TRUE(stream.ready());
  }

  EpollEventLoop loop;
  std::filesystem::path folder;
};

TEST_F(InputStream, FifoWakesLoopForDataUntilWriterCloses) {
  const std::string path = folder / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const auto stream = open(path);
  EXPECT_EQ(taken(*stream), "");
  EXPECT_FALSE(stream->ready());
  EXPECT_FALSE(stream->ended()) << "no writer has come yet";

  const int writer = ::open(path.c_str(), O_WRONLY);
  ASSERT_EQ(write(writer, "one", 3), 3);
  wait_until_ready(*stream);
  EXPECT_EQ(taken(*stream), "one");
  EXPECT_EQ(taken(*stream), "");
  EXPECT_FALSE(stream->ready());

  ASSERT_EQ(write(writer, "two", 3), 3);
  close(writer);
  wait_until_ready(*stream);
  EXPECT_EQ(taken(*stream), "two");
  EXPECT_FALSE(stream->ended());
  EXPECT_EQ(taken(*stream), "");
  EXPECT_TRUE(stream->ended());
  EXPECT_EQ(stream->error(), 0);
}

TEST_F(InputStream, FileIsReadyUntilEof) {
  const std::string path = folder / "file";
  std::ofstream(path) << "text";
  const auto stream = open(path);
  EXPECT_EQ(taken(*stream), "text");
  EXPECT_TRUE(stream->ready());
  EXPECT_EQ(taken(*stream), "");
  EXPECT_TRUE(stream->ended());
}

TEST_F(InputStream, DevNullEndsAtOnce) {
  const auto stream = open("/dev/null");
  EXPECT_EQ(taken(*stream), "");
  EXPECT_TRUE(stream->ended());
}

TEST_F(InputStream, StandardInputStaysBlocking) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const int before = dup(STDIN_FILENO);
  dup2(ends[0], STDIN_FILENO);
  {
    const auto stream = open("-");
    EXPECT_EQ(taken(*stream), "");
    loop.poll();
    EXPECT_EQ(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    wait_until_ready(*stream);
    EXPECT_EQ(taken(*stream), "x");
    EXPECT_EQ(taken(*stream), "");
  }
  loop.poll();  // the stream has withdrawn its wait
  dup2(before, STDIN_FILENO);
  for (const int each : {before, ends[0], ends[1]}) close(each);
}

TEST_F(InputStream, OpenErrorNamesPath) {
  const std::string path = folder / "none";
  EXPECT_EQ(NativeInputStream::open(loop, path).error().message, path + ": No such file or directory");
  EXPECT_EQ(NativeInputStream::open(loop, folder).error().message, folder.string() + ": Is a directory");
}

}  // namespace
}  // namespace sluice::net
