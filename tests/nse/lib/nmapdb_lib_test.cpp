// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/nmapdb_lib.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/lua_fixture.hpp"

namespace sluice::nse {
namespace {

class NmapDb : public lua::LuaFixture {
 protected:
  NmapDb() : db_(NmapDbFiles{[this](const char* name) { return find(name); }}) {
    std::string name = ::testing::TempDir() + "nmapdb_test_XXXXXX";
    root_ = mkdtemp(name.data());
    std::ofstream(root_ / "nmap-mac-prefixes") << "# vendors\n"
                                                  "001122 Six Digits Inc.\n"
                                                  "0011223 Seven\n"
                                                  "001122334 Nine & Sons\r\n"
                                                  "\n"
                                                  "AABBCC\n";
    std::ofstream(root_ / "nmap-services") << "# services\n"
                                              "http\t80/tcp\t0.48\t# web\n"
                                              "www 80/tcp 0.1\n"
                                              "unknown 81/tcp 0.1\n"
                                              "domain 53/udp 0.2\n"
                                              "rubbish\n";
    std::ofstream(root_ / "nmap-protocols") << "icmp 1 # control\n"
                                               "tcp 6\n"
                                               "broken x\n"
                                               "half 7x\n";
    lua_pushcfunction(L(), open_nmapdb);
    lua_pushlightuserdata(L(), &db_);
    lua_call(L(), 1, 1);
    lua_setglobal(L(), "nmapdb");
    run("function message(f, ...) return select(2, pcall(f, ...)) end");
  }
  ~NmapDb() override { std::filesystem::remove_all(root_); }

  std::optional<std::string> find(const std::string& name) {
    ++asked_;
    if (!std::filesystem::exists(root_ / name)) return std::nullopt;
    return (root_ / name).string();
  }

  std::filesystem::path root_;
  int asked_ = 0;
  nse::NmapDb db_;
};

TEST_F(NmapDb, LongestPrefixDeterminesVendor) {
  EXPECT_EQ(run("return nmapdb.mac2corp('00:11:22:33:44:55')"), "Nine & Sons");
  EXPECT_EQ(run("return nmapdb.mac2corp('001122f4aabb')"), "Six Digits Inc.");
  EXPECT_EQ(run("return nmapdb.mac2corp('\\x00\\x11\\x22\\x3f\\0\\0')"), "Seven");
  EXPECT_EQ(run("return nmapdb.mac2corp('ffffffffffff'), nmapdb.mac2corp('aabbcc000000')"), "nil|nil");
}

TEST_F(NmapDb, InvalidMacAddressIsError) {
  for (const char* mac : {"", "00112", "0011223344", "00:11:22:33:44", "00::11:22:33:44:55", "0:011:22:33:44:55",
                          "00:11:22:33:44:55:", "00112233445g", "0011223344556"})
    EXPECT_THAT(run(std::string("return message(nmapdb.mac2corp, '") + mac + "')"),
                ::testing::HasSubstr("Expected a 6-byte MAC address"))
        << mac;
}

TEST_F(NmapDb, ServicesAreNamedByPortAndProtocol) {
  EXPECT_EQ(run("return nmapdb.getservbyport(80, 'tcp'), nmapdb.getservbyport(53, 'udp')"), "http|domain");
  EXPECT_EQ(run("return nmapdb.getservbyport(80, 'udp'), nmapdb.getservbyport(81, 'tcp')"), "nil|nil");
  EXPECT_THAT(run("return message(nmapdb.getservbyport, 65536, 'tcp')"),
              ::testing::HasSubstr("Port number out of range"));
  EXPECT_THAT(run("return message(nmapdb.getservbyport, 80, 'icmp')"), ::testing::HasSubstr("invalid option 'icmp'"));
  EXPECT_THAT(run("return message(nmapdb.getservbyport, 80)"), ::testing::HasSubstr("bad argument #2"));
}

TEST_F(NmapDb, ProtocolsAreFoundByNumberAndName) {
  EXPECT_EQ(run("return nmapdb.getprotbynum(6), nmapdb.getprotbynum(7), nmapdb.getprotbynum(255)"), "tcp|nil|nil");
  EXPECT_EQ(run("return nmapdb.getprotbyname('icmp'), nmapdb.getprotbyname('ICMP'), nmapdb.getprotbyname('broken')"),
            "1|nil|nil");
  EXPECT_THAT(run("return message(nmapdb.getprotbynum, 256)"), ::testing::HasSubstr("Protocol number out of range"));
  EXPECT_THAT(run("return message(nmapdb.getprotbynum, -1)"), ::testing::HasSubstr("Protocol number out of range"));
}

TEST_F(NmapDb, FileIsReadOnceAtFirstUse) {
  EXPECT_EQ(asked_, 0);
  run("nmapdb.getprotbynum(6) nmapdb.getprotbynum(1) nmapdb.getprotbyname('tcp')");
  EXPECT_EQ(asked_, 1);
}

TEST_F(NmapDb, MissingFileGivesNil) {
  std::filesystem::remove(root_ / "nmap-services");
  EXPECT_EQ(run("return nmapdb.getservbyport(80, 'tcp')"), "nil");
}

TEST_F(NmapDb, FailedAllocationLeavesStateIntact) {
  sweep("return nmapdb.mac2corp('0011223344' .. '55'), pcall(nmapdb.mac2corp, 'x' .. os.clock())");
}

}  // namespace
}  // namespace sluice::nse
