#include "net/interfaces.hpp"

#include <net/if.h>  // before the kernel's headers, which then leave its names alone

#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <map>

#include "net/netlink.hpp"

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
  // Without ARP nobody is reached there by an Ethernet address, whatever the frames look like.
  return info.ifi_type == ARPHRD_ETHER && !(info.ifi_flags & IFF_NOARP) ? Link::Ethernet : Link::Other;
}

/// The text in front of the zero that ends it.
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

}  // namespace

Address broadcast_of(const Address& v4, unsigned prefix) {
  return Address::v4(prefix >= 32 ? v4.v4_value() : v4.v4_value() | UINT32_MAX >> prefix);
}

std::vector<Interface> read_interfaces(std::string_view links, std::string_view addresses) {
  std::map<int, std::vector<Interface>> by_index;
  for (netlink::Messages message(links); message.next();)
    if (message.type() == RTM_NEWLINK) by_index[message.body<ifinfomsg>().ifi_index].push_back(read_link(message));
  for (const std::uint8_t family : {AF_INET, AF_INET6}) {
    for (netlink::Messages message(addresses); message.next();) {
      const auto info = message.body<ifaddrmsg>();
      if (message.type() != RTM_NEWADDR || info.ifa_family != family) continue;
      const std::string_view attributes = message.attributes<ifaddrmsg>();
      auto local = netlink::find(attributes, IFA_LOCAL);
      if (!local) local = netlink::find(attributes, IFA_ADDRESS);
      const auto found = by_index.find(static_cast<int>(info.ifa_index));
      const auto address = address_of(local);
      if (!address || found == by_index.end()) continue;
      std::vector<Interface>& entries = found->second;
      if (entries.back().address) entries.push_back(entries.front());
      Interface& entry = entries.back();
      entry.address = address;
      entry.prefix = info.ifa_prefixlen;
      entry.broadcast.reset();
      if (address->is_v4() && entry.link == Link::Ethernet) entry.broadcast = broadcast_of(*address, entry.prefix);
    }
  }
  std::vector<Interface> all;
  for (auto& [index, entries] : by_index) all.insert(all.end(), entries.begin(), entries.end());
  return all;
}

std::vector<Interface> list_interfaces() {
  const auto links = netlink::ask({RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}});
  const auto addresses = netlink::ask({RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{}});
  return links && addresses ? read_interfaces(*links, *addresses) : std::vector<Interface>();
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
  route.mac = link->mac;
  if (!route.mac.empty()) route.neighbour_mac = find_neighbour(route.next_hop.value_or(to), index);
  return route;
}

}  // namespace sluice::net
