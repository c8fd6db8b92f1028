// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// An IPv4 packet from 192.0.2.7 to 192.0.2.1: 20 bytes of header and 2 bytes of payload.
constexpr const char* kPacket =
    "local packet = '\\x45\\0\\0\\22\\0\\1\\0\\0\\x40\\xfd\\0\\0\\192\\0\\2\\7\\192\\0\\2\\1hi'\n";

class Dnet : public RuntimeFixture {
 protected:
  Dnet() {
    const std::string mac("\2\0\0\0\0\1", 6);
    network.interface_list = {
        {"lo", net::Link::Loopback, Address::parse("127.0.0.1"), 8, std::nullopt, "", true, 65536},
        {"eth0", net::Link::Ethernet, Address::parse("192.0.2.7"), 24, Address::parse("192.0.2.255"), mac, true, 1500},
        {"eth0", net::Link::Ethernet, Address::parse("2001:db8::7"), 64, std::nullopt, mac, true, 1500},
        {"tun0", net::Link::PointToPoint, std::nullopt, 0, std::nullopt, "", false, 1400},
    };
  }
  std::string with_dnet(const std::string& code) {
    return act(std::string(kPacket) +
               "local d = nmap.new_dnet()\nlocal function show(...) local t = table.pack(...) for i = 1, t.n do t[i] = "
               "tostring(t[i]) end return table.concat(t, ' ') end\n" +
               code);
  }
};

TEST_F(Dnet, ListInterfacesHasOneEntryPerAddress) {
  const std::string listed = with_dnet(
      "local out = {} for i, x in ipairs(nmap.list_interfaces()) do out[i] = show(x.device, x.shortname, x.address, "
      "x.netmask, x.link, x.mac and #x.mac, x.broadcast, x.up, x.mtu) end return table.concat(out, '|')");
  EXPECT_EQ(listed,
            "lo lo 127.0.0.1 8 loopback nil nil up 65536|eth0 eth0 192.0.2.7 24 ethernet 6 192.0.2.255 up 1500|"
            "eth0 eth0 2001:db8::7 64 ethernet 6 nil up 1500|tun0 tun0 nil 0 p2p nil nil down 1400");
}

TEST_F(Dnet, InterfaceInfoHasAddressOfRunFamily) {
  EXPECT_EQ(with_dnet("return nmap.get_interface_info('eth0').address"), "192.0.2.7");
  EXPECT_EQ(with_dnet("return nmap.dnet.get_interface_info('lo').address"), "127.0.0.1");
  EXPECT_EQ(with_dnet("return show(nmap.get_interface_info('tun0'))"), "false failed to find interface");
  EXPECT_EQ(with_dnet("return show(nmap.get_interface_info('nonesuch'))"), "false failed to find interface");
  runtime->options.family = Family::Inet6;
  EXPECT_EQ(with_dnet("return nmap.get_interface_info('eth0').address"), "2001:db8::7");
}

TEST_F(Dnet, IpSendAcceptsPacketWithAndWithoutDestination) {
  EXPECT_EQ(with_dnet("d:ip_open() return show(d:ip_send(packet), d:ip_send(packet, host), "
                      "d:ip_send(packet, '192.0.2.1'), d:ip_close())"),
            "true true true true");
  ASSERT_EQ(network.packets().size(), 3u);
  EXPECT_THAT(network.packets()[0], ::testing::EndsWith("hi"));
}

TEST_F(Dnet, IpSendResolvesNameOfDestination) {
  network.name("there.example", {*Address::parse("192.0.2.9")}, 2s);
  EXPECT_EQ(with_dnet("d:ip_open() local a = d:ip_send(packet, 'there.example') return show(a, d:ip_send(packet, "
                      "'nowhere.example'))"),
            "true false Name or service not known");
  EXPECT_EQ(network.packets().size(), 1u);
}

TEST_F(Dnet, SendOfInvalidPacketOrOnClosedSocketRaises) {
  EXPECT_THAT(with_dnet("d:ip_send(packet)"), HasSubstr("raw socket not open to send"));
  EXPECT_THAT(with_dnet("d:ip_open() d:ip_send('')"), HasSubstr("can't parse ip packet"));
  EXPECT_THAT(with_dnet("d:ip_open() d:ip_send(packet:sub(1, 19))"), HasSubstr("can't parse ip packet"));
  EXPECT_THAT(with_dnet("d:ip_open() d:ip_send('\\x44' .. packet:sub(2))"), HasSubstr("can't parse ip packet"));
  EXPECT_THAT(with_dnet("d:ip_open() d:ip_send('\\x60' .. ('x'):rep(38))"), HasSubstr("can't parse ip packet"));
  EXPECT_THAT(with_dnet("d:ip_open() d:ip_send(packet, {})"), HasSubstr("host table lacks 'ip' or 'targetname'"));
  EXPECT_THAT(with_dnet("d:ethernet_send('x')"), HasSubstr("dnet ethernet interface is not open"));
  EXPECT_EQ(with_dnet("return show(d:ip_close())"), "false raw socket already closed");
  EXPECT_EQ(with_dnet("return show(d:ethernet_close())"), "true");
}

TEST_F(Dnet, EthernetOpenAcceptsEthernetInterfacesOnly) {
  EXPECT_THAT(with_dnet("d:ethernet_open('lo')"), HasSubstr("device is not valid ethernet interface"));
  EXPECT_THAT(with_dnet("d:ethernet_open('nonesuch')"), HasSubstr("device is not valid ethernet interface"));
  EXPECT_THAT(with_dnet("d:ethernet_open(('x'):rep(32))"), HasSubstr("device name too long"));
  EXPECT_EQ(with_dnet("return show(d:ethernet_open('eth0'), d:ethernet_send('frame'), d:ethernet_close())"),
            "true true true");
  EXPECT_THAT(network.packets(), ElementsAre("frame"));
}

TEST_F(Dnet, OpenWithoutPrivilegeRaises) {
  network.privileged = false;
  EXPECT_THAT(with_dnet("d:ip_open()"), HasSubstr("failed to open raw socket: Operation not permitted (errno 1)"));
  EXPECT_THAT(with_dnet("d:ethernet_open('eth0')"), HasSubstr("unable to open dnet on ethernet interface eth0"));
  EXPECT_THAT(with_dnet("nmap.new_socket():pcap_open('eth0', 100, false, '')"),
              HasSubstr("can't open pcap reader on eth0"));
  EXPECT_THAT(log, HasSubstr("Operation not permitted"));
}

TEST_F(Dnet, EndOfThreadClosesSocketsAndCaptures) {
  with_dnet("d:ip_open() d:ethernet_open('eth0') nmap.new_socket():pcap_open('eth0', 100, false, '') keep = d");
  EXPECT_EQ(network.open_sockets(), 0u);
  EXPECT_EQ(network.peak_open_sockets(), 3u);
}

TEST_F(Dnet, PcapReceiveReturnsPacketLayers) {
  network.frame_passes(1s, std::string(14, 'e') + "payload");
  network.frame_passes(3s, "short");
  EXPECT_EQ(with_dnet("local s = nmap.new_socket() assert(select('#', s:pcap_open('eth0', 100, true, 'ip')) == 0)\n"
                      "local ok, length, l2, l3, time = s:pcap_receive()\n"
                      "local _, _, all, none = s:pcap_receive() s:set_timeout(500)\n"
                      "return show(ok, length, l2, l3, math.type(time), all, #none, s:pcap_receive())"),
            "true 21 eeeeeeeeeeeeee payload float short 0 nil TIMEOUT");
  ASSERT_EQ(network.captures().size(), 1u);
  EXPECT_EQ(network.captures()[0].device, "eth0");
  EXPECT_EQ(network.captures()[0].snaplen, 100);
  EXPECT_TRUE(network.captures()[0].promiscuous);
  EXPECT_EQ(network.captures()[0].filter, "ip");
}

TEST_F(Dnet, ResponseToSentPacketIsCaptured) {
  network.answer_packet = [](const std::string& packet) { return std::string(14, 'e') + "re: " + packet.substr(20); };
  EXPECT_EQ(with_dnet("local s = nmap.new_socket() s:pcap_open('eth0', 100, false, '') d:ip_open() d:ip_send(packet)\n"
                      "local _, _, _, l3 = s:pcap_receive() return l3"),
            "re: hi");
}

TEST_F(Dnet, CaptureNeedsNoSlot) {
  script("all",
         "local s = nmap.new_socket() s:pcap_open('eth0', 100, false, '') s:set_timeout(100) return "
         "tostring(select(2, s:pcap_receive()))");
  for (int i = 0; i < 30; ++i) start_port("all");
  run();
  EXPECT_EQ(network.peak_open_sockets(), 30u);
  EXPECT_EQ(result("all"), "TIMEOUT");
}

TEST_F(Dnet, StreamCallOnCaptureAndCaptureCallOnStreamRaise) {
  network.tcp("192.0.2.1", 80).banner("hello");
  const std::string open = "local s = nmap.new_socket() s:pcap_open('eth0', 100, false, '') ";
  for (const char* call :
       {"send('x')", "receive()", "receive_bytes()", "receive_buf()", "get_info()", "reconnect_ssl()"})
    EXPECT_THAT(with_dnet(open + "s:" + call), HasSubstr("invalid operation on pcap socket")) << call;
  EXPECT_THAT(with_dnet(open + open.substr(open.find("s:"))), HasSubstr("socket is already open"));
  EXPECT_THAT(with_dnet("nmap.new_socket():pcap_receive()"), HasSubstr("not a pcap socket"));
  EXPECT_THAT(with_dnet("nmap.new_socket():pcap_open('', 100, false, '')"), HasSubstr("bad device name"));
  EXPECT_THAT(with_dnet("nmap.new_socket():pcap_open('eth0', 100, 1, '')"), HasSubstr("boolean expected"));
  EXPECT_EQ(with_dnet(open + "return show(s:pcap_close(), s:pcap_close())"), "true false socket already closed");
  EXPECT_EQ(with_dnet(open + "assert(s:connect(host, port)) local _, d = s:receive() return d"), "hello");
}

TEST_F(Dnet, HostTableHasRouteIfKnown) {
  const std::string tell =
      "return show(host.interface, host.interface_mtu, host.directly_connected, host.bin_ip_src and #host.bin_ip_src, "
      "host.mac_addr, host.mac_addr_next_hop, host.mac_addr_src)";
  EXPECT_EQ(with_dnet(tell), "nil 0 nil nil nil nil nil");
  runtime->leave(host);
  host.route = net::Route{"eth0", 1500, Address::parse("192.0.2.7"), std::nullopt, "mymac!", "theirs"};
  runtime->enter(host);
  EXPECT_EQ(with_dnet(tell), "eth0 1500 true 4 theirs nil mymac!");
  runtime->leave(host);
  host.route->next_hop = Address::parse("192.0.2.254");
  runtime->enter(host);
  EXPECT_EQ(with_dnet(tell), "eth0 1500 false 4 nil theirs mymac!");
}

TEST_F(Dnet, ConnectAddsScopeOfHostToLinkLocalAddress) {
  const Address scoped = Address::v6(Address::parse("fe80::1")->raw(), 5);
  report.address = scoped;
  network.tcp({scoped, 80}).banner("hello");
  EXPECT_EQ(with_dnet("local s = nmap.new_socket() assert(s:connect(host, port)) local _, d = s:receive() "
                      "return host.ip .. ' ' .. d"),
            "fe80::1 hello");
  with_dnet("nmap.new_socket():connect('fe80::2', 80) nmap.new_socket():connect('2001:db8::1', 80)");
  ASSERT_EQ(network.attempts().size(), 3u);
  EXPECT_EQ(network.attempts()[1].remote.address, Address::v6(Address::parse("fe80::2")->raw(), 5));
  EXPECT_EQ(network.attempts()[2].remote.address, *Address::parse("2001:db8::1"));
}

}  // namespace
}  // namespace sluice::nse
