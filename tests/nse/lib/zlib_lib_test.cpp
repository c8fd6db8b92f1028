// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/zlib_lib.hpp"

#include "support/lua_fixture.hpp"

namespace sluice::nse {
namespace {

class Zlib : public lua::LuaFixture {
 protected:
  Zlib() {
    open(open_zlib, "zlib");
    run(R"(
      function message(f, ...) return select(2, pcall(f, ...)) end
      function sink() local t = {} return t, function(...) t[#t + 1] = ... end end
      text = "line one\nline two\r\nline three\rlast"
      function pack(...) return (zlib.compress(...)) end  -- without the status
      packed = pack(text)
      -- Every `n` bytes of `s` one call.
      function drip(s, n)
        local at = 1
        return function() local piece = s:sub(at, at + n - 1) at = at + n return piece ~= "" and piece or nil end
      end)");
  }
};

TEST_F(Zlib, ChecksumsAreFloatsWithKnownValues) {
  EXPECT_EQ(run("return zlib.adler32(), zlib.crc32()"), "1.0|0.0");
  EXPECT_EQ(run("return zlib.adler32(zlib.adler32(), 'Wikipedia')"), "300286872.0");  // 0x11E60398
  EXPECT_EQ(run("return zlib.crc32(zlib.crc32(), '123456789')"), "3421780262.0");     // 0xCBF43926
  EXPECT_EQ(run("return zlib.crc32(zlib.crc32(0, '12345'), '6789')"), "3421780262.0");
}

TEST_F(Zlib, CompressReturnsDataAndStatus) {
  EXPECT_EQ(run("local data, status = zlib.compress('hello') return data == "
                "'\x78\x9c\xcb\x48\xcd\xc9\xc9\\x07\\0\\x06\x2c\\2\\x15', status"),
            "true|1.0");
  EXPECT_EQ(run("return zlib.compress('hello', 99)"), "nil|-2.0");
  EXPECT_EQ(run("return zlib.compress('hello', 9, 9)"), "nil|-2.0");
  EXPECT_EQ(run("return zlib.compress('hello', nil, nil, nil, 99)"), "nil|-2.0");
}

TEST_F(Zlib, WindowBitsSelectFormatOfDecompress) {
  EXPECT_EQ(run("return zlib.decompress(pack 'hello'), zlib.decompress(pack 'hello', 47)"), "hello|hello");
  EXPECT_EQ(run("return zlib.decompress(pack('hello', 9, 8, 31), 31)"), "hello");
  EXPECT_EQ(run("return zlib.decompress(pack('hello', 9, 8, -15), -15)"), "hello");
  EXPECT_EQ(run("return message(zlib.decompress, pack('hello', 9, 8, 31))"), "failed to process zlib stream");
  EXPECT_EQ(run("return message(zlib.decompress, 'x', 99)"), "failed to initialize zstream structures");
}

TEST_F(Zlib, InvalidAndTruncatedDataAreErrors) {
  for (const char* data : {"''", "'abc'", "packed:sub(1, -3)", "packed:sub(1, 6)"})
    EXPECT_EQ(run(std::string("return message(zlib.decompress, ") + data + ")"), "failed to process zlib stream")
        << data;
}

TEST_F(Zlib, DecompressStopsAtLimit) {
  run("big = pack(('x'):rep(12 * 1024 * 1024))");
  EXPECT_EQ(run("return #zlib.decompress(big)"), "10485760");
  EXPECT_EQ(run("return #zlib.decompress(big, 15, 12 * 1024 * 1024 + 1)"), "12582912");
  EXPECT_EQ(run("return zlib.decompress(pack 'hello', 15, 3), #zlib.decompress(pack 'hello', 15, 0)"), "hel|0");
  EXPECT_THAT(run("return message(zlib.decompress, packed, 15, -1)"), ::testing::HasSubstr("bad argument #3"));
}

TEST_F(Zlib, DeflateWritesToFunctionOrObject) {
  EXPECT_EQ(run(R"(
    local t, f = sink()
    local s = zlib.deflate(f)
    local a, b, c = s:write("hello", " ", "world", 12), s:flush(), s:close()
    return a, b, c, zlib.decompress(table.concat(t)))"),
            "true|true|true|hello world12");
  EXPECT_EQ(run(R"(
    local object = {write = function(self, data) self[#self + 1] = data return nil, "ignored" end}
    local s = zlib.deflate(object, 9, 8, 31)
    s:write(text) s:flush "finish"
    return zlib.decompress(table.concat(object), 31) == text)"),
            "true");
}

TEST_F(Zlib, DeflateWritesSeveralChunks) {
  EXPECT_EQ(run(R"(
    local noise = {}
    for i = 1, 40000 do noise[i] = string.char(math.random(0, 255)) end
    noise = table.concat(noise)
    local t, f = sink()
    local s = zlib.deflate(f) s:write(noise) s:close()
    return #t > 2, zlib.decompress(table.concat(t)) == noise, zlib.inflate(table.concat(t)):read "*a" == noise)"),
            "true|true|true");
}

TEST_F(Zlib, ClosedStreamFailsAndMayBeClosedAgain) {
  EXPECT_EQ(run(R"lua(
    local s = zlib.deflate(function() end)
    s:flush "finish"
    return tostring(s), s:close(), message(s.write, s, "x"):match "%((.*)%)", message(s.adler, s):match "%((.*)%)")lua"),
            "zlib stream (closed)|true|attempt to use invalid zlib stream|attempt to use invalid zlib stream");
  EXPECT_THAT(run("return message(zlib.inflate(packed).write, zlib.inflate(packed), 'x')"),
              ::testing::HasSubstr("attempt to use invalid zlib stream"));
  EXPECT_THAT(run("return tostring(zlib.inflate(packed))"), ::testing::StartsWith("zlib inflate stream ("));
}

TEST_F(Zlib, StreamCanBeClosedAfterErrorOfSink) {
  EXPECT_EQ(run(R"(
    local s = zlib.deflate(function() error("boom", 0) end)
    return message(s.write, s, "x"), message(s.flush, s, "finish"), s:close(), tostring(s))"),
            "boom|boom|true|zlib stream (closed)");
}

TEST_F(Zlib, SinkAndSourceMayCallStream) {
  EXPECT_EQ(run("local s s = zlib.deflate(function() s:close() end) return s:write(text), tostring(s)"),
            "true|zlib stream (closed)");
  EXPECT_EQ(run(R"(
    local s, depth, out = nil, 0, {}
    s = zlib.deflate(function(data)
      out[#out + 1] = data
      depth = depth + 1
      if depth < 5 then s:write(("y"):rep(5000)) end
    end, 0)
    s:write(("x"):rep(50000))
    s:close()
    return zlib.decompress(table.concat(out)) ~= nil)"),
            "true");
  EXPECT_THAT(run("local s s = zlib.inflate(function() s:close() return packed end) return s:read '*a'"),
              ::testing::HasSubstr("attempt to use invalid zlib stream"));
}

TEST_F(Zlib, InflateReadsLinesCountsAndAll) {
  EXPECT_EQ(run("local s = zlib.inflate(packed) return s:read(), s:read(), s:read(), s:read(), s:read(), s:read '*a'"),
            "line one|line two|line three|last|nil|");
  EXPECT_EQ(run("return zlib.inflate(packed):read('*l', '*l', 3, 0, '*a')"), "line one|line two|lin||e three\rlast");
  EXPECT_EQ(run("return zlib.inflate(packed):read('*a', '*l', '*l')"), std::string(run("return text")) + "|nil");
  EXPECT_EQ(run("local t = {} for l in zlib.inflate(packed):lines() do t[#t + 1] = l end return table.concat(t, ',')"),
            "line one,line two,line three,last");
  EXPECT_EQ(run("return zlib.inflate(pack ''):read(0), zlib.inflate(pack 'a\\r\\n'):read('*l', '*l')"), "nil|a|nil");
}

TEST_F(Zlib, InflateAcceptsStringsFunctionsAndObjects) {
  EXPECT_EQ(
      run("for n = 1, 40 do if zlib.inflate(drip(packed, n)):read '*a' ~= text then return n end end return 'all'"),
      "all");
  EXPECT_EQ(run("local n = 0 for l in zlib.inflate(drip(packed, 1)):lines() do n = n + 1 end return n"), "4");
  EXPECT_EQ(run(R"(
    local next_piece = drip(packed, 7)
    return zlib.inflate({read = function() return next_piece() end}):read "*a" == text)"),
            "true");
}

TEST_F(Zlib, SourceWithPeekIsReadToEndOfDataOnly) {
  EXPECT_EQ(run(R"(
    local data, at = packed .. "after", 1
    local source = {peek = function(_, n) return data:sub(at, at + n - 1) end,
                    read = function(_, n) at = at + n end}
    local got = zlib.inflate(source):read "*a"
    return got == text, data:sub(at))"),
            "true|after");
}

TEST_F(Zlib, GzipIsDetectedAndRawNeedsWindowBits) {
  EXPECT_EQ(run("return zlib.inflate(pack('hello', 9, 8, 31)):read '*a'"), "hello");
  EXPECT_EQ(run("return zlib.inflate(pack('hello', 9, 8, -15), -15):read '*a'"), "hello");
  EXPECT_THAT(run("local s = zlib.inflate('garbage here') return message(s.read, s)"),
              ::testing::HasSubstr("failed to decompress [-3]"));
  EXPECT_EQ(run("return zlib.inflate(packed:sub(1, 10)):read '*a', zlib.inflate(''):read '*a'"), "line on|");
}

TEST_F(Zlib, LargeInflatedDataIsReadInPieces) {
  EXPECT_EQ(run(R"(
    local s = zlib.inflate(pack(("x"):rep(5000000)))
    local first = #s:read(100)
    local n = 100
    while true do
      local piece = s:read(65536)
      if not piece then return first, n end
      n = n + #piece
    end)"),
            "100|5000000");
}

TEST_F(Zlib, InflateNeedsDictionaryOfDeflate) {
  run(R"(
    local t, f = sink()
    local s = zlib.deflate(f, nil, nil, nil, nil, nil, "dict")
    s:write "dictdict" s:close()
    primed = table.concat(t))");
  EXPECT_EQ(run("return zlib.inflate(primed, nil, 'dict'):read()"), "dictdict");
  EXPECT_THAT(run("return zlib.inflate(primed):read()"), ::testing::HasSubstr("no inflate dictionary provided"));
  EXPECT_THAT(run("return zlib.inflate(primed, nil, 'wrong'):read()"), ::testing::HasSubstr("inflateSetDictionary"));
}

TEST_F(Zlib, ArgumentsOfAWrongTypeAreErrors) {
  const struct {
    const char *call, *says;
  } kCases[] = {
      {"zlib.compress", "string expected, got no value"},
      {"zlib.crc32, 1", "bad argument #2"},
      {"zlib.crc32, nil, 'x'", "number expected, got nil"},
      {"zlib.decompress, packed, 'x'", "bad argument #2"},
      {"zlib.deflate", "output parameter must be a function, table or userdata value"},
      {"zlib.deflate, {}", "output parameter does not provide :write function"},
      {"zlib.deflate, print, 99", "call to deflateInit2 failed"},
      {"zlib.inflate", "input parameter must be a string, function, table or userdata value"},
      {"zlib.inflate, {read = 1}", "input parameter does not provide :read function"},
      {"zlib.inflate, packed, 99", "call to inflateInit2 failed"},
      {"zlib.inflate(packed).read, zlib.inflate(packed), '*n'", "invalid format"},
      {"zlib.inflate(packed).read, zlib.inflate(packed), {}", "invalid option"},
      {"zlib.inflate(packed).read, zlib.inflate(packed), -1", "invalid size"},
      {"zlib.inflate(packed).read, io.stdout", "zlib:zstream expected, got FILE*"},
      {"zlib.deflate(print).write, zlib.deflate(print), {}", "bad argument #2"},
      {"zlib.deflate(print).flush, zlib.deflate(print), 'bogus'", "invalid option 'bogus'"},
  };
  for (const auto& test : kCases)
    EXPECT_THAT(run(std::string("return message(") + test.call + ")"), ::testing::HasSubstr(test.says)) << test.call;
  EXPECT_THAT(run("return zlib.inflate(function() return {} end):read()"), ::testing::HasSubstr("not a table"));
}

TEST_F(Zlib, FailedAllocationLeavesStateIntact) {
  sweep("return zlib.decompress(pack(text))");
  sweep("local t, f = sink() local s = zlib.deflate(f, nil, nil, nil, nil, nil, 'd') s:write(text) s:close()");
  sweep("local s = zlib.inflate(drip(packed, 5)) return s:read(), s:read(3), s:read '*a'");
}

}  // namespace
}  // namespace sluice::nse
