// SPDX-License-Identifier: Apache-2.0
#include "net/resolv_conf.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

#include "base/text_decoder.hpp"

namespace sluice::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> servers(std::string_view text) {
  std::vector<std::string> texts;
  for (const Address& each : parse_resolv_conf(decode_text(std::string(text), TextDecoder::Marks::AtStart)))
    texts.push_back(each.text_with_scope());
  return texts;
}

TEST(ResolvConf, NameServersAreListedOnceInOrder) {
  EXPECT_THAT(servers("# made by hand\nnameserver 127.0.0.3\nsearch a.example\nnameserver 127.0.0.1\n"
                      "options ndots:2\nnameserver ::1\nnameserver 127.0.0.4\nnameserver 127.0.0.3\n"
                      "nameserver 127.0.0.5"),
              ElementsAre("127.0.0.3", "127.0.0.1", "::1", "127.0.0.4", "127.0.0.5"));
}

TEST(ResolvConf, FormsOfCLibraryAndNmapAreAccepted) {
  EXPECT_THAT(servers("  nameserver\t127.0.0.2 \t"), ElementsAre("127.0.0.2"));
  EXPECT_THAT(servers("nameserver 127.0.0.2 # home"), ElementsAre("127.0.0.2"));
  EXPECT_THAT(servers("nameserver 127.0.0.2#home"), ElementsAre("127.0.0.2"));
  EXPECT_THAT(servers("nameserver 127.0.0.2 127.0.0.3"), ElementsAre("127.0.0.2"));
  EXPECT_THAT(servers("nameserver 127.0.0.2,127.0.0.3"), ElementsAre("127.0.0.2", "127.0.0.3"));
  EXPECT_THAT(servers("nameserver 127.1"), ElementsAre("127.0.0.1"));
  EXPECT_THAT(servers("nameserver fe80::1%lo"), ElementsAre("fe80::1%lo"));
}

TEST(ResolvConf, ByteOrderMarkAndCarriageReturnsAreIgnored) {
  EXPECT_THAT(servers("\xef\xbb\xbfnameserver 127.0.0.2\r\nnameserver 127.0.0.3\r\n"),
              ElementsAre("127.0.0.2", "127.0.0.3"));
}

TEST(ResolvConf, OtherLinesAreIgnored) {
  for (const char* line : {"", "nameserver", "nameserver bogus", "nameservers 127.0.0.2", "NAMESERVER 127.0.0.2",
                           "nameserver=127.0.0.2", "#nameserver 127.0.0.2", "; nameserver 127.0.0.2",
                           "nameserver 127.0.0.2:53", "nameserver [::1]", "domain 127.0.0.2"})
    EXPECT_THAT(servers(line), IsEmpty()) << line;
}

}  // namespace
}  // namespace sluice::net
