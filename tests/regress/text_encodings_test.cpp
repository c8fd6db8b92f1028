// SPDX-License-Identifier: Apache-2.0
// Scripts, libraries, script.db, arguments and data files may have a byte order mark, carriage returns or UTF-16, as
// editors of other systems save them.
#include <gmock/gmock.h>

#include "library/engine_fixture.hpp"

namespace sluice::engine {
namespace {

std::string wide(std::string_view text) {
  std::string bytes = "\xFF\xFE";
  for (const char c : text) {
    if (c == '\n') bytes += std::string("\r\0", 2);
    (bytes += c) += '\0';
  }
  return bytes;
}

struct TextEncoding : EngineTest {
  void run_with(const std::function<std::string(std::string_view)>& encode) {
    const Greeter greeter("");
    scan(greeter);
    std::filesystem::create_directory(directory / "nselib");
    for (const auto& entry : std::filesystem::directory_iterator("/usr/share/nmap/nselib"))
      std::filesystem::create_symlink(entry.path(), directory / "nselib" / entry.path().filename());
    write("nselib/encoded.lua", encode("-- a library\nreturn {\n  text = [[\nline]],\n}\n"));
    write("nmap-services", encode("encoded\t" + std::to_string(greeter.port()) + "/tcp\t0.5\n"));
    write("arguments", encode("a=1,\nb='x'\n"));
    write("scripts/script.db", encode("Entry { filename = \"both.nse\", categories = { \"safe\", } }\n"));
    write(
        "scripts/both.nse",
        encode("local stdnse = require \"stdnse\"\nlocal encoded = require \"encoded\"\ndescription = "
               "\"x\"\ncategories = {\"safe\"}\n"
               "portrule = function() return true end\n"
               "action = function(host, port)\n  return encoded.text .. port.service .. stdnse.get_script_args('a') .. "
               "stdnse.get_script_args('b')\nend\n"));
    options.scripts = true;
    options.script_rules = {"safe"};
    options.script_args_file = (directory / "arguments").string();
    ASSERT_EQ(run(), Engine::End::Finished);
    const auto report = host();
    ASSERT_EQ(report->ports.size(), 1u);
    ASSERT_TRUE(report->ports[0].detail) << recorder.log();
    EXPECT_EQ(report->ports[0].detail->scripts.at(0).output, "lineencoded1x");
    EXPECT_EQ(recorder.log(), "");
  }
};

TEST_F(TextEncoding, Utf8ByteOrderMarkIsAccepted) {
  run_with([](std::string_view text) { return "\xEF\xBB\xBF" + std::string(text); });
}
TEST_F(TextEncoding, CarriageReturnsAtLineEndsAreAccepted) {
  run_with([](std::string_view text) {
    std::string returns;
    for (const char c : text) returns += c == '\n' ? "\r\n" : std::string(1, c);
    return returns;
  });
}
TEST_F(TextEncoding, Utf16IsAccepted) { run_with(wide); }

TEST_F(TextEncoding, UnreadableServiceTableLinesAreLogged) {
  write("nmap-services", "a 1/tcp 0.5\nnot a service\nb 70000/tcp 0.1\n");
  ASSERT_EQ(run(), Engine::End::Finished);
  EXPECT_THAT(recorder.log(), testing::HasSubstr("nmap-services: 2 lines are not of the form"));
  EXPECT_THAT(recorder.log(), testing::HasSubstr("the first is line 2"));
}

}  // namespace
}  // namespace sluice::engine
