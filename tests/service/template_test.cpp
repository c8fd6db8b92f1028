// SPDX-License-Identifier: Apache-2.0
#include "service/template.hpp"

#include <gtest/gtest.h>

// The expected texts were recorded with nmap 7.93 and probe databases of the project (docs/nse-compat.md).

namespace sluice::service {
namespace {

constexpr const char* kDropped = "(dropped)";

std::string filled(Field::Kind kind, std::string_view text, std::vector<std::optional<std::string_view>> groups) {
  Captures captures;
  for (std::size_t i = 0; i < groups.size(); ++i) captures[i + 1] = groups[i];
  const auto result = fill({kind, text}, captures);
  return result ? *result : kDropped;
}
std::string info(std::string_view text, std::vector<std::optional<std::string_view>> groups) {
  return filled(Field::Kind::Info, text, std::move(groups));
}
std::string cpe(std::string_view text, std::string_view group) { return filled(Field::Kind::Cpe, text, {group}); }

using namespace std::literals;

TEST(Fill, GroupsAreInsertedUpToFirstNul) {
  EXPECT_EQ(info("v$1", {"ab"}), "vab");
  EXPECT_EQ(info("[$1]x", {"a\0b"sv}), "[a]x");
  EXPECT_EQ(info("$1", {"ab\x01"
                        "c\xe9"
                        "d\t\x7f"}),
            "ab.c.d..");  // DEL is not white space
  EXPECT_EQ(info("$1$1 1$10", {"ab"}), "abab 1ab0");
  EXPECT_EQ(info("<$1>", {""}), "<>");
  EXPECT_EQ(info(" x $1 y ", {"  sp"}), " x   sp y");
}

TEST(Fill, TrailingWhiteSpaceAndCommasAreRemovedAfterLengthCheck) {
  EXPECT_EQ(info("$1", {"ab\r\n"}), "ab");
  EXPECT_EQ(info("$1", {"ab \x01"}), "ab .");
  EXPECT_EQ(info("$1", {"ab\x01 "}), "ab.");
  EXPECT_EQ(info("$1x \t", {"ab\n"}), "ab.x");
  EXPECT_EQ(info("$1", {"   "}), "");
  EXPECT_EQ(info("$1", {"a,b, ,"}), "a,b");
  EXPECT_EQ(info("$SUBST(1,\"\\r\\n\",\",\")", {"ab\r\ncd\r\n"}), "ab,cd");
  EXPECT_EQ(info("<$SUBST(1,\" \",\",\")>", {"ab  "}), "<ab,,>");
  EXPECT_EQ(cpe("a:b,", ""), "cpe:/a:b");
  EXPECT_EQ(info("$SUBST(1,\"b\",\" \")", {"ab"}), "a");
  EXPECT_EQ(filled(Field::Kind::Product, "$1", {std::string(77, 'x') + " "}), std::string(77, 'x'));
  EXPECT_EQ(filled(Field::Kind::Product, "$1", {std::string(77, 'x') + "  "}), kDropped);
  EXPECT_EQ(cpe("a:$1", "ab\r\n"), "cpe:/a:ab__");
  EXPECT_EQ(cpe("a:b  ", ""), "cpe:/a:b");
}

TEST(Fill, LiteralTextHasNoEscapes) {
  EXPECT_EQ(info("a\\x41\\n\\\\", {}), "a\\x41\\n\\\\");
  EXPECT_EQ(info("\\$1", {"ab"}), "\\ab");
  EXPECT_EQ(info("caf\xe9\tx", {}), "caf..x");
}

TEST(Fill, MalformedReferencesDropTheField) {
  for (const char* text : {"$",
                           "a$",
                           "$$1",
                           "$1$",
                           "$0",
                           "$x",
                           "$01",
                           "${1}",
                           "$(1)",
                           "$P1",
                           "$P(1",
                           "$P()",
                           "$P(0)",
                           "$P(10)",
                           "$P(x)",
                           "$P(1,2)",
                           "$P(1,\"a\")",
                           "$p(1)",
                           "$Q(1)",
                           "$SUBST(1,'a','b')",
                           "$SUBST(1,\"a\"",
                           "$SUBST(1,\"a\")",
                           "$SUBST(1,\"a\",\"b\",\"c\")",
                           "$SUBST(\"a\",\"b\",1)",
                           "$SUBST(1,\"a\",2)",
                           "$SUBST(1,a,b)",
                           "$SUBST(1,\"a\",\"\\q\")",
                           "$I(1)",
                           "$I(1,>)",
                           "$I(1,\"=\")",
                           "$I(1,\"\")",
                           "$I(1,\"><\")",
                           "$I(1,\">\",3)",
                           "$P(99999999999999999999)"})
    EXPECT_EQ(info(text, {"ab"}), kDropped) << text;
}

TEST(Fill, UnmatchedGroupsDropField) {
  for (const char* text : {"$2", "$3", "$9", "$P(2)", "$SUBST(2,\"a\",\"b\")", "$I(2,\">\")"})
    EXPECT_EQ(info(text, {"ab", std::nullopt}), kDropped) << text;
}

TEST(Fill, PKeepsPrintableBytesOnly) {
  EXPECT_EQ(info("$P(1)", {"W\0O\0R\0K\0"sv}), "WORK");
  EXPECT_EQ(info("<$P(1)>", {"\xe9\x80z\x7f\x1f\t"}), "<z>");
  EXPECT_EQ(info("$P( 1)$P(1 )$P(01)2", {"a"}), "aaa2");
}

TEST(Fill, SubstReplacesEachOccurrence) {
  EXPECT_EQ(info("$SUBST(1,\"_\",\".\")", {"a_b_c"}), "a.b.c");
  EXPECT_EQ(info("$SUBST( 1 , \"_\" , \"\" )", {"a_b_c"}), "abc");
  EXPECT_EQ(info("$SUBST(1,\"a\",\"bb\")", {"abcd"}), "bbbcd");
  EXPECT_EQ(info("$SUBST(1,\"ab\",\"aab\")", {"abab"}), "aabaab");
  EXPECT_EQ(info("$SUBST(1,\"a\",\"$1\")", {"a_b"}), "$1_b");
  EXPECT_EQ(info("$SUBST(1,\"b\",\"x,y)z\")", {"a_b"}), "a_x,y)z");
  EXPECT_EQ(info("$SUBST(1,\"b\",\"\\\"\")", {"a_b"}), "a_\"");
  EXPECT_EQ(info("$SUBST(1,\"b\",\"\\\\\")", {"a_b"}), "a_\\");
  EXPECT_EQ(info("$SUBST(1,\"b\",\"\\n\")", {"a_b_c"}), "a_._c");
  EXPECT_EQ(info("$SUBST(1,\"\\x62\",\"\\x63d\")", {"a_b"}), "a_cd");
  EXPECT_EQ(info("$SUBST(1,\"_\",\"\\0\")", {"a_b"}), "a");
  EXPECT_EQ(info("<$SUBST(1,\"a\",\"c\")>", {"a\0b"sv}), "<c>");
  EXPECT_EQ(info("$SUBST(1,\"\",\"x\")", {"ab"}), "ab");
}

TEST(Fill, IReadsUpToEightBytesInBothByteOrders) {
  EXPECT_EQ(info("$I(1,\">\")", {"abcdefgh"}), "7017280452245743464");
  EXPECT_EQ(info("$I(1, \"<\")", {"abcdefgh"}), "7523094288207667809");
  EXPECT_EQ(info("$I(1,\">\")", {"a"}), "97");
  EXPECT_EQ(info("$I(1,\">\")", {""}), "0");
  EXPECT_EQ(info("$I(1,\">\")", {"\xff\xff\xff\xff\xff\xff\xff\xff"}), "18446744073709551615");
  EXPECT_EQ(info("$I(1,\">\")", {"abcdefghi"}), kDropped);
}

TEST(Fill, CpeEscapesTextOfGroups) {
  EXPECT_EQ(cpe("a:v:$1", " !\"#$%&'()*+,-./"), "cpe:/a:v:_%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F");
  EXPECT_EQ(cpe("a:v:$1", "0123456789:;<=>?"), "cpe:/a:v:0123456789%3A%3B%3C%3D%3E%3F");
  EXPECT_EQ(cpe("a:v:$1", "@AO"), "cpe:/a:v:%40ao");
  EXPECT_EQ(cpe("a:v:$1", "Z[\\]^_"), "cpe:/a:v:z%5B\\%5D^_");
  EXPECT_EQ(cpe("a:v:$1", "`az{|}~"), "cpe:/a:v:`az{|}~");
  EXPECT_EQ(cpe("a:$1", "A b\t\r\n\v\f!\x01\xe9"), "cpe:/a:a_b_____%21..");
  EXPECT_EQ(cpe("a:X y%!Z:$1", "A"), "cpe:/a:X y%!Z:a");
  EXPECT_EQ(cpe("a:$SUBST(1,\"_\",\":\")", "a_b/C"), "cpe:/a:a%3Ab%2Fc");
}

TEST(Fill, TooLongFieldsAreDropped) {
  const auto length = [](Field::Kind kind, std::size_t before, std::size_t group, std::size_t behind) {
    const std::string text = std::string(before, 'l') + "$1" + std::string(behind, 'l'), bytes(group, 'g');
    return filled(kind, text, {bytes}) != kDropped;
  };
  const std::pair<Field::Kind, std::size_t> rooms[] = {{Field::Kind::Product, 80},  {Field::Kind::Version, 80},
                                                       {Field::Kind::Hostname, 80}, {Field::Kind::Info, 256},
                                                       {Field::Kind::OsType, 32},   {Field::Kind::DeviceType, 32}};
  for (const auto& [kind, room] : rooms) {
    EXPECT_TRUE(length(kind, 0, room - 2, 0)) << room;
    EXPECT_FALSE(length(kind, 0, room - 1, 0)) << room;
    EXPECT_TRUE(length(kind, 0, room - 12, 11)) << room;
    EXPECT_FALSE(length(kind, 0, room - 12, 12)) << room;
    EXPECT_FALSE(length(kind, 11, room - 12, 0)) << room;
    EXPECT_NE(filled(kind, std::string(room - 1, 'l'), {}), kDropped) << room;
    EXPECT_EQ(filled(kind, std::string(room, 'l'), {}), kDropped) << room;
  }
  EXPECT_NE(cpe("a:$1", std::string(71, 'x')), kDropped);
  EXPECT_EQ(cpe("a:$1", std::string(72, 'x')), kDropped);
  EXPECT_NE(cpe("a:$1", std::string(23, '!') + "ab"), kDropped);
  EXPECT_EQ(cpe("a:$1", std::string(23, '!') + "abc"), kDropped);
}

TEST(FillAll, DroppedFieldIsWarnedOfAndOtherFieldsAreKept) {
  Captures captures;
  captures[1] = "1.2";
  std::vector<std::string> warnings;
  const Fields fields = fill_all(" p/Pro/ v/$1/ i/$2/ h/h/ o/o/ d/d/ cpe:/o:os/a cpe:/a:old/ cpe:/x:y/ cpe:/a:new:$1/",
                                 captures, warnings);
  EXPECT_EQ(fields.product, "Pro");
  EXPECT_EQ(fields.version, "1.2");
  EXPECT_EQ(fields.info, "");
  EXPECT_EQ(fields.hostname, "h");
  EXPECT_EQ(fields.os_type, "o");
  EXPECT_EQ(fields.device_type, "d");
  EXPECT_EQ(fields.cpe, (std::vector<std::string>{"cpe:/a:new:1.2", "cpe:/o:os"}));
  EXPECT_EQ(warnings, (std::vector<std::string>{"the info is dropped: group 2 took no part in the match",
                                                "a cpe is ignored: its part is not a, h or o"}));
}

TEST(FillAll, LastFieldOfKindCountsEvenIfDropped) {
  std::vector<std::string> warnings;
  EXPECT_EQ(fill_all("p/a/ p/b/", {}, warnings).product, "b");
  EXPECT_TRUE(fill_all("cpe:/a:1/ cpe:/a:$9/", {}, warnings).cpe.empty());
}

TEST(Overlaid, GapsAreFilledAndEachPartHasOneCpe) {
  Fields lower, upper;
  lower.product = "lower";
  lower.version = "1";
  lower.cpe = {"cpe:/a:lower", "cpe:/o:lower"};
  upper.product = "upper";
  upper.info = "info";
  upper.cpe = {"cpe:/a:upper", "cpe:/h:upper"};
  const Fields both = overlaid(lower, upper);
  EXPECT_EQ(both.product, "upper");
  EXPECT_EQ(both.version, "1");
  EXPECT_EQ(both.info, "info");
  EXPECT_EQ(both.cpe, (std::vector<std::string>{"cpe:/a:upper", "cpe:/h:upper", "cpe:/o:lower"}));
}

}  // namespace
}  // namespace sluice::service
