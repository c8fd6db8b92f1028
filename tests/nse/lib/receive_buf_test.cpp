// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ctime>
#include <random>

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;

class ReceiveBuf : public RuntimeFixture {
 protected:
  net::FakeServer& server() { return network.tcp("192.0.2.1", 80); }
  std::string connected(const std::string& code) {
    return act(
        "local match = require 'match' local string = require 'string' local s = nmap.new_socket()\n"
        "assert(s:connect(host, port)) s:set_timeout(1000)\n" +
        code);
  }
  /// Reads 2 MiB in lines of 16 bytes, by this delimiter. Earlier versions copied all remaining bytes for each line.
  void expect_linear(const std::string& delimiter) {
    std::string text;
    while (text.size() < (2u << 20)) text += "Xaaa: bbbbbbbb\r\n";
    server().banner(text).close();
    const std::clock_t begun = std::clock();
    EXPECT_EQ(
        connected("local n = 0 while s:receive_buf(" + delimiter + ", false) do n = n + 1 end return tostring(n)"),
        std::to_string(text.size() / 16));
    EXPECT_LT((std::clock() - begun) / CLOCKS_PER_SEC, 30);
  }
};

TEST_F(ReceiveBuf, PlainDelimiterNeedsLinearTime) { expect_linear("'\\r\\n'"); }

TEST_F(ReceiveBuf, PatternNeedsLinearTime) { expect_linear("'%s*\\n'"); }

TEST_F(ReceiveBuf, FunctionNeedsLinearTime) { expect_linear("match.pattern_limit('\\r\\n', 2048)"); }

TEST_F(ReceiveBuf, FixedByteCountNeedsLinearTime) { expect_linear("match.numbytes(16)"); }

TEST_F(ReceiveBuf, LongLineInManyPiecesNeedsLinearTime) {
  options.receive_limit = 64u << 20;
  auto& from = server();
  const std::string piece(1000, 'x');
  for (int each = 0; each < 20000; ++each) from.banner(piece).after(1ms);
  from.banner("\r\n");
  const std::clock_t begun = std::clock();
  EXPECT_EQ(connected("local _, line = s:receive_buf('\\r?\\n', false) return tostring(#line)"), "20000000");
  EXPECT_LT((std::clock() - begun) / CLOCKS_PER_SEC, 30);
}

TEST_F(ReceiveBuf, FunctionWithoutMatchReceivesDoubledBuffer) {
  server().banner(std::string(100000, 'x')).after(1ms).banner("yz");
  EXPECT_EQ(connected("local seen = {}\n"
                      "s:receive_buf(function(b) seen[#seen + 1] = #b return b:find('z', 1, true) end, true)\n"
                      "return table.concat(seen, ' ')"),
            "0 8192 16384 32768 65536 100000 100002");
}

TEST_F(ReceiveBuf, FunctionMatchingAllBytesReceivesAtMost8192Bytes) {
  server().banner(std::string(10000, 'x'));
  EXPECT_EQ(connected("local _, all = s:receive_buf(function(b) if #b > 0 then return 1, #b end end, true)\n"
                      "local _, rest = s:receive_buf('.+', true) return #all .. ' ' .. #rest"),
            "8192 1808");
}

TEST_F(ReceiveBuf, AnchorAndFrontierMatchAtStartOfUnreadBytes) {
  server().banner("aab b");
  EXPECT_EQ(connected("local t = {} for i, d in ipairs{'^a', '^a', '%f[%w]b', '^ ', '%f[%w]b'} do\n"
                      "t[i] = select(2, s:receive_buf(d, true)) end return table.concat(t, '|')"),
            "a|a|b| |b");
}

TEST_F(ReceiveBuf, ReceiveBufCallsStringFindOfScript) {
  server().banner("one-two");
  EXPECT_EQ(connected("local find = _G.string.find _G.string.find = function(b, d) return find(b, d, 1, true) end\n"
                      "local _, said = s:receive_buf('-', false) _G.string.find = find return said"),
            "one");
}

TEST_F(ReceiveBuf, UnreadBytesAreKeptUntilSocketIsClosed) {
  server().banner("one\ntwo\n");
  EXPECT_EQ(connected("s:receive_buf('\\n', false) s:connect(host, port)\n"
                      "local _, kept = s:receive_buf('\\n', false) s:close() assert(s:connect(host, port))\n"
                      "return kept .. ' ' .. select(2, s:receive_buf('\\n', false))"),
            "two one");
}

// Compares receive_buf with a script that searches its whole buffer again after each piece.
TEST_F(ReceiveBuf, ResultEqualsSearchOfWholeBuffer) {
  std::mt19937 random(7);
  const std::vector<std::string> patterns = {"\\r\\n", "\\r?\\n", "[\\r\\n]", "a?b?\\n", "\\n+", "()\\n(a)", "\\n$",
                                             "a-\\n",  "%s",      "^[ab]",    "%f[a]a",  "ab",   "%b\\r\\n"};
  for (int round = 0; round < 150; ++round) {
    network.tcp("192.0.2.1", 80) = {};
    std::string pieces;
    for (int each = 0; each < 40; ++each) {
      std::string piece, text;
      for (unsigned length = 1 + random() % 6; length > 0; --length) piece += "ab\r\n"[random() % 4];
      server().banner(piece).after(1ms);
      for (const char c : piece) text += c == '\r' ? "\\r" : c == '\n' ? "\\n" : std::string(1, c);
      pieces += "'" + text + "',";
    }
    const std::string& pattern = patterns[random() % patterns.size()];
    const std::string same = connected("local pieces, at, buffer = {" + pieces + "}, 0, ''\n" +
                                       "local function by_hand(pattern, keep)\n"
                                       "  while true do\n"
                                       "    local left, right = string.find(buffer, pattern)\n"
                                       "    if left then\n"
                                       "      local found = buffer:sub(1, keep and right or left - 1)\n"
                                       "      buffer = buffer:sub(right + 1)\n"
                                       "      return found\n"
                                       "    end\n"
                                       "    at = at + 1\n"
                                       "    if not pieces[at] then return end\n"
                                       "    buffer = buffer .. pieces[at]\n"
                                       "  end\n"
                                       "end\n"
                                       "for i = 1, 60 do\n"
                                       "  local keep = i % 2 == 0\n"
                                       "  local ok, got = s:receive_buf('" +
                                       pattern +
                                       "', keep)\n"
                                       "  local wanted = by_hand('" +
                                       pattern +
                                       "', keep)\n"
                                       "  if (ok and got) ~= (wanted or nil) and (ok or wanted) then return "
                                       "tostring(got) .. ' / ' .. tostring(wanted) end\n"
                                       "end\n"
                                       "return 'same'");
    ASSERT_EQ(same, "same") << pattern << " of " << pieces;
  }
}

}  // namespace
}  // namespace sluice::nse
