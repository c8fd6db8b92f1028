// SPDX-License-Identifier: Apache-2.0
#include "native/interfaces.hpp"

#include <net/if.h>  // before the kernel's headers, which then leave its names alone

#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "native/netlink.hpp"

namespace sluice::net {

namespace {

constexpr std::size_t kMacSize = 6;

std::uint8_t family_number(const Address& address) { return address.is_v4() ? AF_INET : AF_INET6; }
std::uint8_t bits_of(const Address& address) { return address.is_v4() ? 32 : 128; }

std::string mac_of(std::optional<std::string_view> attribute) {
  return attribute && attribute->size() == kMacSize ? std::string(*attribute) : std::string();
}

std::optional<Address> address_of(std::optional<std::string_view> attribute) {
  return attribute ? Address::from_bytes(*attribute) : std::nullopt;
}

Link link_of(const ifinfomsg& info) {
  if (info.ifi_flags & IFF_LOOPBACK) return Link::Loopback;
  if (info.ifi_flags & IFF_POINTOPOINT) return Link::PointToPoint;
  // Without ARP, no host is reached by an Ethernet address.
  return info.ifi_type == ARPHRD_ETHER && !(info.ifi_flags & IFF_NOARP) ? Link::Ethernet : Link::Other;
}

/// Returns the text before the terminating zero byte.
std::string text_of(std::optional<std::string_view> attribute) {
  return attribute ? std::string(attribute->substr(0, attribute->find('\0'))) : std::string();
}

Interface read_link(const netlink::Messages& message) {
  const auto info = message.body<ifinfomsg>();
  const std::string_view attributes = message.attributes<ifinfomsg>();
  Interface link;
  link.device = text_of(netlink::find(attributes, IFLA_IFNAME));
  link.link = link_of(info);
  link.up = (info.ifi_flags & IFF_UP) != 0;
  link.mtu = netlink::find_number(attributes, IFLA_MTU);
  if (link.link == Link::Ethernet) link.mac = mac_of(netlink::find(attributes, IFLA_ADDRESS));
  return link;
}

std::optional<Interface> find_link(int index) {
  ifinfomsg body{};
  body.ifi_index = index;
  const auto answer = netlink::ask({RTM_GETLINK, 0, body});
  if (!answer) return std::nullopt;
  netlink::Messages message(*answer);
  if (!message.next() || message.type() != RTM_NEWLINK) return std::nullopt;
  return read_link(message);
}

std::string find_neighbour(const Address& address, int index) {
  ndmsg body{};
  body.ndm_family = family_number(address);
  body.ndm_ifindex = index;
  netlink::Request request(RTM_GETNEIGH, 0, body);
  request.attribute(NDA_DST, address.bytes());
  const auto answer = netlink::ask(request);
  if (!answer) return {};
  netlink::Messages message(*answer);
  if (!message.next() || message.type() != RTM_NEWNEIGH) return {};
  return mac_of(netlink::find(message.attributes<ndmsg>(), NDA_LLADDR));
}

/// A line of /proc/net/if_inet6, such as "20010db8000000000000000000000001 02 40 00 80 eth0": address, index, length of
/// the prefix, scope, flags, name.
struct Row {
  Address address;
  int index;
  unsigned prefix;
};
std::optional<Row> read_row(const std::string& line) {
  constexpr std::size_t kDigits = 32;
  std::array<std::uint8_t, kDigits / 2> bytes{};
  if (line.size() < kDigits) return std::nullopt;
  unsigned index = 0, prefix = 0;
  std::istringstream rest(line.substr(kDigits));
  if (!(rest >> std::hex >> index >> prefix)) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* digits = line.data() + 2 * i;
    if (std::from_chars(digits, digits + 2, bytes[i], 16).ptr != digits + 2) return std::nullopt;
  }
  return Row{Address::v6(bytes), static_cast<int>(index), prefix};
}

}  // namespace

Address broadcast_of(const Address& v4, unsigned prefix) {
  return Address::v4(prefix >= 32 ? v4.v4_value() : v4.v4_value() | UINT32_MAX >> prefix);
}

std::vector<Interface> read_interfaces(std::string_view links, std::string_view addresses, const std::string& table6) {
  std::map<int, std::vector<Interface>> by_index;
  const auto add = [&](int index, const Address& address, unsigned prefix) {
    const auto found = by_index.find(index);
    if (found == by_index.end()) return;
    std::vector<Interface>& entries = found->second;
    // The first entry is for an IPv4 address. As under Nmap, it is there without an address before those of IPv6.
    if (entries.back().address || !address.is_v4()) entries.push_back(entries.front());
    Interface& entry = entries.back();
    entry.address = address;
    entry.prefix = prefix;
    entry.broadcast.reset();
    if (address.is_v4() && entry.link == Link::Ethernet) entry.broadcast = broadcast_of(address, prefix);
  };
  for (netlink::Messages message(links); message.next();)
    if (message.type() == RTM_NEWLINK) by_index[message.body<ifinfomsg>().ifi_index].push_back(read_link(message));
  for (netlink::Messages message(addresses); message.next();) {
    const auto info = message.body<ifaddrmsg>();
    if (message.type() != RTM_NEWADDR || info.ifa_family != AF_INET) continue;
    if (const auto address = address_of(netlink::find(message.attributes<ifaddrmsg>(), IFA_LOCAL)))
      add(static_cast<int>(info.ifa_index), *address, info.ifa_prefixlen);
  }
  std::istringstream lines(table6);
  for (std::string line; std::getline(lines, line);) {
    if (const auto row = read_row(line)) add(row->index, row->address, row->prefix);
  }
  std::vector<Interface> all;
  for (auto& [index, entries] : by_index) all.insert(all.end(), entries.begin(), entries.end());
  return all;
}

std::vector<Interface> list_interfaces() {
  const auto links = netlink::ask({RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}});
  const auto addresses = netlink::ask({RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{}});
  if (!links || !addresses) return {};
  std::ifstream table6("/proc/net/if_inet6");  // does not exist without IPv6
  return read_interfaces(*links, *addresses, std::string(std::istreambuf_iterator<char>(table6), {}));
}

std::optional<Route> find_route(const Address& to, const std::string& device) {
  rtmsg body{};
  body.rtm_family = family_number(to);
  body.rtm_dst_len = bits_of(to);
  netlink::Request request(RTM_GETROUTE, 0, body);
  request.attribute(RTA_DST, to.bytes());
  const unsigned only = device.empty() ? to.scope() : if_nametoindex(device.c_str());
  if (only) request.attribute(RTA_OIF, only);
  const auto answer = netlink::ask(request);
  if (!answer) return std::nullopt;
  netlink::Messages message(*answer);
  if (!message.next() || message.type() != RTM_NEWROUTE) return std::nullopt;
  const std::string_view attributes = message.attributes<rtmsg>();
  const auto index = static_cast<int>(netlink::find_number(attributes, RTA_OIF));
  const auto link = find_link(index);
  if (!link) return std::nullopt;
  Route route{link->device, link->mtu};
  route.source = address_of(netlink::find(attributes, RTA_PREFSRC));
  route.next_hop = address_of(netlink::find(attributes, RTA_GATEWAY));
  route.own = message.body<rtmsg>().rtm_type == RTN_LOCAL;
  route.mac = link->mac;
  if (!route.mac.empty()) route.neighbour_mac = find_neighbour(route.next_hop.value_or(to), index);
  return route;
}

}  // namespace sluice::net
