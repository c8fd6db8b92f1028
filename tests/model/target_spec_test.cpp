// SPDX-License-Identifier: Apache-2.0
#include "model/target_spec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/random_text.hpp"

namespace sluice::model {
namespace {

/// The first addresses of a specification, comma separated, or its name, or the error.
std::string show(std::string_view text, std::size_t most = 8) {
  auto spec = TargetSpec::parse(text);
  if (!spec) return spec.error().message;
  if (!spec->pattern) return "name " + spec->name + (spec->bits ? "/" + std::to_string(*spec->bits) : "");
  std::string shown;
  for (std::size_t i = 0; i < most; ++i) {
    const auto address = spec->pattern->next();
    if (!address) break;
    shown += (i ? "," : "") + address->text();
  }
  return shown;
}

std::uint64_t size(std::string_view text) { return TargetSpec::parse(text)->pattern->size(); }

TEST(TargetSpec, OctetListsAndRangesAreParsed) {
  EXPECT_EQ(show("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(show("127.0.0.1-3"), "127.0.0.1,127.0.0.2,127.0.0.3");
  EXPECT_EQ(show("127.0.0.-1"), "127.0.0.0,127.0.0.1");
  EXPECT_EQ(show("127.0.0.254-"), "127.0.0.254,127.0.0.255");
  EXPECT_EQ(show("127.0.0.-", 2), "127.0.0.0,127.0.0.1");
  EXPECT_EQ(show("*.0.0.1", 3), "0.0.0.1,1.0.0.1,2.0.0.1");
  EXPECT_EQ(show("-1.0.0.1"), "0.0.0.1,1.0.0.1");
  EXPECT_EQ(show("127.0.0.01"), "127.0.0.1");
}

TEST(TargetSpec, AddressesAscendWithoutRepetition) {
  EXPECT_EQ(show("10.0,3.0.7,2,2-2"), "10.0.0.2,10.0.0.7,10.3.0.2,10.3.0.7");
}

TEST(TargetSpec, NetworksAreParsed) {
  EXPECT_EQ(show("127.0.0.9/30"), "127.0.0.8,127.0.0.9,127.0.0.10,127.0.0.11");
  EXPECT_EQ(show("127.0.0.1-2/31"), "127.0.0.0,127.0.0.1,127.0.0.2,127.0.0.3");
  EXPECT_EQ(show("127.0.0.1/32"), "127.0.0.1");
  EXPECT_EQ(show("::1/126"), "::,::1,::2,::3");
  EXPECT_EQ(show("2001:db8::ffff/127"), "2001:db8::fffe,2001:db8::ffff");
  EXPECT_EQ(show("1:2:3:4:5:6:1.2.3.4/128"), "1:2:3:4:5:6:102:304");
}

TEST(TargetSpec, SizeIsExactUpTo64Bits) {
  EXPECT_EQ(size("10.0.0.0/8"), 1u << 24);
  EXPECT_EQ(size("0.0.0.0/0"), std::uint64_t{1} << 32);
  EXPECT_EQ(size("1-2.*.3.4,5"), 1024u);
  EXPECT_EQ(size("2001:db8::/64"), UINT64_MAX);
  EXPECT_EQ(size("2001:db8::/65"), std::uint64_t{1} << 63);
  EXPECT_EQ(size("::1"), 1u);
}

TEST(TargetSpec, NextEndsAtLastAddress) {
  EXPECT_EQ(show("255.255.255.254/31"), "255.255.255.254,255.255.255.255");
  EXPECT_EQ(show("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127"),
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  auto spec = TargetSpec::parse("127.0.0.1");
  EXPECT_TRUE(spec->pattern->next());
  EXPECT_FALSE(spec->pattern->next());
  EXPECT_FALSE(spec->pattern->next());
}

TEST(TargetSpec, NextReturnsAsManyAddressesAsSize) {
  for (const char* text : {"10.1-3,9.*.0-99/30", "1.2.3.0/20", "fe80::/112"}) {
    auto pattern = *TargetSpec::parse(text)->pattern;
    const auto count = pattern.size();
    std::uint64_t walked = 0;
    std::optional<Address> previous;
    while (const auto address = pattern.next()) {
      ASSERT_TRUE(!previous || *previous < *address);
      ASSERT_TRUE(pattern.contains(*address));
      previous = address;
      ++walked;
    }
    EXPECT_EQ(walked, count) << text;
  }
}

TEST(TargetSpec, HostNamesAreLeftUnresolved) {
  EXPECT_EQ(show("localhost"), "name localhost");
  EXPECT_EQ(show("www.example.org/24"), "name www.example.org/24");
  EXPECT_EQ(show("127.1"), "name 127.1");
  EXPECT_EQ(show("3-com.example"), "name 3-com.example");
  EXPECT_EQ(show("127.0.0.0x1"), "name 127.0.0.0x1");
}

TEST(TargetSpec, ExpandGivesNetworkOfResolvedName) {
  auto network = expand(*TargetSpec::parse("localhost/31"), *Address::parse("127.0.0.1"));
  EXPECT_EQ(network->size(), 2u);
  EXPECT_EQ(network->next()->text(), "127.0.0.0");
  EXPECT_EQ(expand(*TargetSpec::parse("localhost"), *Address::parse("::1"))->size(), 1u);
  EXPECT_EQ(expand(*TargetSpec::parse("localhost/64"), *Address::parse("127.0.0.1")).error().message,
            "'localhost/64': /64 is more than the 32 bits of 127.0.0.1");
}

TEST(TargetSpec, ParseErrorNamesSpecification) {
  for (const char* text :
       {"127.0.0.256", "127.0.0.3-1", "127.0.0.1,", "127.0.0.1,,2", "127.0.0.,1", "127..0.1", "1.2.3.4.5",
        "127.0.0.1-2-3", "a b", "", ".", "/24", "[::1]", ":::", "127.0.0.1%lo", "x;y", "-x", "1.2.3.4/24/24"})
    EXPECT_EQ(show(text), "'" + std::string(text) + "' is not an address, a range of addresses or a host name");
  for (const char* text : {"127.0.0.1/", "127.0.0.1/x", "127.0.0.1/-1", "::1/129", "localhost/200"})
    EXPECT_EQ(show(text),
              "'" + std::string(text) + "' has no number of network bits (0 to 32, for IPv6 to 128) behind its '/'");
  EXPECT_EQ(show("127.0.0.1/33"), "'127.0.0.1/33' has more than the 32 network bits of an IPv4 address");
}

TEST(TargetSpec, TypographicCharactersAreRefusedWithSuggestion) {
  for (const char* dash : {"\u2010", "\u2011", "\u2013", "\u2014", "\u2212", "\uff0d", "\x96", "\x97"}) {
    const auto refused = TargetSpec::parse(std::string("10.0.0.1") + dash + "5");
    ASSERT_FALSE(refused) << dash;
    EXPECT_NE(refused.error().message.find("did you mean 10.0.0.1-5?"), std::string::npos) << refused.error().message;
  }
  EXPECT_FALSE(TargetSpec::parse("\u201clocalhost\u201d"));
  EXPECT_FALSE(TargetSpec::parse("localhost\u00a0"));
  EXPECT_TRUE(TargetSpec::parse("b\u00fccher.example"));
}

TEST(TargetSpec, TargetOfOtherFamilyIsRefused) {
  EXPECT_EQ(TargetSpec::parse("::1", Family::Inet).error().message, "'::1' is an IPv6 target; add -6");
  EXPECT_EQ(TargetSpec::parse("127.0.0.1", Family::Inet6).error().message,
            "'127.0.0.1' is an IPv4 target; leave -6 out");
  EXPECT_TRUE(TargetSpec::parse("localhost", Family::Inet6));
}

TEST(TargetSpec, PatternKeepsScope) {
  auto spec = TargetSpec::parse("fe80::1%7/127");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->pattern->next()->scope(), 7u);
  EXPECT_EQ(spec->pattern->next()->scope(), 7u);
}

TEST(TargetList, EntriesAreSplitAtWhiteSpaceWithLineNumbers) {
  const auto targets = read_target_list("127.0.0.1 localhost\r\n# comment\n\t\n::1#x 1.1.1.1\n10.0.0.300");
  ASSERT_EQ(targets.size(), 4u);
  EXPECT_EQ(targets[1].text, "localhost");
  EXPECT_EQ(targets[1].line, 1u);
  EXPECT_EQ(targets[2].text, "::1");
  EXPECT_EQ(targets[2].line, 4u);
  EXPECT_EQ(parse(targets[3], "hosts.txt", Family::Inet).error().message,
            "hosts.txt, line 5: '10.0.0.300' is not an address, a range of addresses or a host name");
  EXPECT_NE(parse(targets[2], "-", Family::Inet).error().message.find("standard input, line 4: "), std::string::npos);
}

class ExclusionSet : public ::testing::Test {
 protected:
  void add(const char* text) { set_.add(*TargetSpec::parse(text)->pattern); }
  bool contains(const char* text) { return set_.contains(*Address::parse(text)); }
  model::ExclusionSet set_;
};

TEST_F(ExclusionSet, SetContainsAddedAddressesOnly) {
  EXPECT_TRUE(set_.empty());
  EXPECT_FALSE(contains("127.0.0.1"));
  add("127.0.0.2-5");
  add("127.0.0.7");
  add("10.0.0.0/8");
  add("2001:db8::/32");
  for (const char* text : {"127.0.0.2", "127.0.0.5", "127.0.0.7", "10.0.0.0", "10.255.255.255", "2001:db8:ffff::1"})
    EXPECT_TRUE(contains(text)) << text;
  for (const char* text : {"127.0.0.1", "127.0.0.6", "127.0.0.8", "11.0.0.0", "9.255.255.255", "2001:db9::", "::a00:1"})
    EXPECT_FALSE(contains(text)) << text;
}

TEST_F(ExclusionSet, ContainsIgnoresScope) {
  add("fe80::1%3");
  EXPECT_TRUE(set_.contains(Address::v6(Address::parse("fe80::1")->raw(), 9)));
}

TEST_F(ExclusionSet, RangesAtEndsOfAddressSpaceDoNotMerge) {
  add("255.255.255.255");
  add("0.0.0.0");
  add("ffff::/16");
  EXPECT_TRUE(contains("0.0.0.0"));
  EXPECT_TRUE(contains("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  EXPECT_FALSE(contains("0.0.0.1"));
  EXPECT_FALSE(contains("::"));
}

TEST_F(ExclusionSet, ContainsAgreesWithPatterns) {
  std::mt19937 random(7);
  std::vector<AddressPattern> patterns;
  for (int i = 0; i < 60; ++i) {
    const std::string low = std::to_string(random() % 200), bits = std::to_string(20 + random() % 13);
    const std::string text = i % 3 == 0   ? "1.1." + std::to_string(random() % 4) + "." + low + "/" + bits
                             : i % 3 == 1 ? "1.1.*." + low + "-" + std::to_string(std::stoi(low) + 3)
                                          : "1.*.*." + low;
    patterns.push_back(*TargetSpec::parse(text)->pattern);
    set_.add(patterns.back());
  }
  for (int i = 0; i < 20000; ++i) {
    const Address address = Address::v4(0x01010000 + random() % 0x500);
    const bool expected = std::any_of(patterns.begin(), patterns.end(),
                                      [&](const AddressPattern& pattern) { return pattern.contains(address); });
    ASSERT_EQ(set_.contains(address), expected) << address.text();
  }
}

TEST(TargetSpec, ExclusionSetContainsFirstAddressOfRandomPattern) {
  for (unsigned seed = 0; seed < 5000; ++seed) {
    const std::string text = test::random_text(seed, "0123456789...,-*/:a%").substr(0, seed % 20);
    auto spec = TargetSpec::parse(text);
    if (!spec || !spec->pattern) continue;
    for (int i = 0; i < 300 && spec->pattern->next(); ++i) continue;
    model::ExclusionSet set;
    set.add(*spec->pattern);
    EXPECT_TRUE(set.contains(spec->pattern->first())) << text;
  }
}

}  // namespace
}  // namespace sluice::model
