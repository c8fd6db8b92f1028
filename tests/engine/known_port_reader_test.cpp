// SPDX-License-Identifier: Apache-2.0
#include "engine/known_port_reader.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "native/epoll_event_loop.hpp"
#include "native/native_input_stream.hpp"

namespace sluice::engine {
namespace {

using testing::ElementsAre;

/// Reads standard input from a pipe into which the test writes.
class Pipe {
 public:
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    writer_ = ends[1];
    auto input = net::NativeInputStream::open(loop_, "/proc/self/fd/" + std::to_string(ends[0]));
    EXPECT_TRUE(input);
    ::close(ends[0]);
    reader_.emplace(std::move(*input), "-");
  }
  ~Pipe() { hang_up(); }

  /// Writes `text` and reads it. Appends "address:port" or "line number: error" to `found`.
  void write(std::string_view text) {
    ASSERT_EQ(::write(writer_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    take();
  }
  void hang_up() {
    if (writer_ >= 0) ::close(std::exchange(writer_, -1));
  }
  /// Reads `text` in pieces of `size` bytes. Returns all that was found.
  static std::vector<std::string> read(std::string_view text, std::size_t size = 60000) {
    Pipe pipe;
    for (std::size_t at = 0; at < text.size(); at += size) pipe.write(text.substr(at, size));
    pipe.hang_up();
    pipe.take();
    EXPECT_TRUE(pipe.reader_->ended());
    return pipe.found;
  }

  std::vector<std::string> found;

 private:
  void take() {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!reader_->ready() && !reader_->ended() && std::chrono::steady_clock::now() < limit) loop_.wait(limit);
    int idle = 0;
    while (reader_->ready()) {
      const auto line = reader_->next();
      ASSERT_LT(line ? idle = 0 : ++idle, 3) << "ready without anything to do";
      if (!line) continue;
      if (!line->ports) {
        found.push_back(line->ports.error().message.substr(std::string("standard input, ").size()));
        continue;
      }
      for (const model::KnownPort& known : *line->ports)
        found.push_back((known.address ? known.address->text() : known.hostname) + ":" + std::to_string(known.port));
    }
  }

  net::EpollEventLoop loop_;
  int writer_ = -1;
  std::optional<KnownPortReader> reader_;
};

std::string report(const std::string& address, const std::string& more = "") {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<nmaprun>\n<host><address addr=\"" + address +
         "\"/><ports><port protocol=\"tcp\" portid=\"80\"><state state=\"open\"/></port></ports></host>\n" + more +
         "</nmaprun>\n";
}

std::string wide(std::string_view text) {
  std::string bytes = "\xFF\xFE";
  for (const char c : text) (bytes += c) += '\0';
  return bytes;
}

TEST(KnownPortReader, ReportsAndLinesMayAlternate) {
  const std::string text = "10.0.0.1:1\n  " + report("10.0.0.2") + "10.0.0.3:3\n" + report("10.0.0.4") + "\n\n" +
                           report("10.0.0.5") + "<!-- the end -->\n10.0.0.6:6";
  const std::vector<std::string> once = Pipe::read(text);
  EXPECT_THAT(once, ElementsAre("10.0.0.1:1", "10.0.0.2:80", "10.0.0.3:3", "10.0.0.4:80", "10.0.0.5:80", "10.0.0.6:6"));
  for (const std::size_t size : {1, 3, 50}) EXPECT_EQ(Pipe::read(text, size), once) << size;
}

TEST(KnownPortReader, LineLikeElementDoesNotStartXml) {
  EXPECT_THAT(
      Pipe::read("10.0.0.1:1\n<b>10.0.0.2:2</b>\n<host\n<nmap\n10.0.0.3:3\n"),
      ElementsAre("10.0.0.1:1", testing::StartsWith("line 2: '<b>10.0.0.2"), testing::StartsWith("line 3: '<host'"),
                  testing::StartsWith("line 4: '<nmap'"), "10.0.0.3:3"));
}

TEST(KnownPortReader, TextBetweenReportsLosesNoReport) {
  EXPECT_THAT(Pipe::read(report("10.0.0.1") + "WARNING: eth0: no link\n" + report("10.0.0.2")),
              ElementsAre("10.0.0.1:80", testing::StartsWith("line 5: 'WARNING"), "10.0.0.2:80"));
}

TEST(KnownPortReader, LineNumbersContinueAcrossReports) {
  const std::string text = report("10.0.0.1") + "bad line\n" + report("10.0.0.2", "<host><a></host>\n") + "bad\n";
  for (const std::size_t size : {1, 7, 60000})
    EXPECT_THAT(Pipe::read(text, size),
                ElementsAre("10.0.0.1:80", testing::StartsWith("line 5: "), "10.0.0.2:80",
                            testing::StartsWith("line 9: host"), testing::StartsWith("line 11: ")))
        << size;
}

TEST(KnownPortReader, FilesOfAnyEncodingMayBeConcatenated) {
  std::string wrong = report("10.0.0.4");
  wrong.replace(wrong.find("UTF-8"), 5, "ISO-8859-1");
  const std::string text = wide(report("10.0.0.1")) + report("10.0.0.2") + "\xEF\xBB\xBF" + report("10.0.0.3") +
                           wide(wrong) +
                           "\xEF\xBB\xBF"
                           "10.0.0.5:5\r\n" +
                           wide("10.0.0.6:6\r\n\r\n10.0.0.7:7");
  for (const std::size_t size : {1, 7, 60000})
    EXPECT_THAT(Pipe::read(text, size), ElementsAre("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80",
                                                    "10.0.0.5:5", "10.0.0.6:6", "10.0.0.7:7"))
        << size;
}

TEST(KnownPortReader, UnfinishedJsonObjectDoesNotAffectLaterLines) {
  EXPECT_THAT(
      Pipe::read(
          "{\n\"ip\": \"10.0.0.1\",\n10.0.0.2:80\n{\"ip\": \"10.0.0.3\",\n{\"ip\": \"10.0.0.4\", \"port\": 80}\n{"),
      ElementsAre(testing::StartsWith("line 2: '{' begins a JSON object"), "10.0.0.2:80",
                  testing::StartsWith("line 4: '{\"ip\": \"10.0.0.3\",' is not a JSON object"), "10.0.0.4:80",
                  testing::StartsWith("line 6: '{' is not a JSON object: it has no end")));
}

TEST(KnownPortReader, XmlErrorsAfterTwentiethAreCountedOnly) {
  std::string wrong;
  for (int each = 0; each < 23; ++each) wrong += "<host x>\n";
  const auto found = Pipe::read(report("10.0.0.1", wrong) + report("10.0.0.2", "<host x>\n") + "bad\n");
  ASSERT_EQ(found.size(), 24U);
  EXPECT_EQ(std::count_if(found.begin(), found.end(),
                          [](const std::string& line) { return line.find("well-formed") != std::string::npos; }),
            20);
  EXPECT_THAT(found[21], "10.0.0.2:80");
  EXPECT_THAT(found[22], testing::HasSubstr("bad"));
  EXPECT_THAT(found[23], testing::HasSubstr("4 more errors in XML are not listed"));
}

TEST(KnownPortReader, HostIsReturnedBeforeReportEnds) {
  Pipe pipe;
  const std::string text = report("10.0.0.1");
  pipe.write(text.substr(0, text.find("</nmaprun>")));
  EXPECT_THAT(pipe.found, ElementsAre("10.0.0.1:80"));
}

}  // namespace
}  // namespace sluice::engine
