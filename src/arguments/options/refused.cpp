// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

constexpr Value kNone{}, kSome = entry::text_value("VALUE"), kAttached = entry::optional_value("VALUE");

constexpr std::string_view kConnects = "sluice scans TCP by connecting; use -sT";
constexpr std::string_view kNoSctp = "sluice does not scan SCTP; leave it out";
constexpr std::string_view kPings =
    "sluice discovers hosts by ICMP echo and timestamp, ARP, TCP connections and UDP: use -PE, -PP, -PR, -PS, -PA or "
    "-PU, or -Pn to take all hosts for up";
constexpr std::string_view kNoPackets = "the kernel makes the packets of sluice; leave the option out";
constexpr std::string_view kNoProxies = "sluice connects directly; run it under a tool such as proxychains";
constexpr std::string_view kNoEffect = "the option has no effect in Nmap any more; leave it out";
constexpr std::string_view kUnneeded = "the option would change nothing in sluice; leave it out";

constexpr Option refuse(std::string_view name, Value value, std::string_view instead) {
  return {.name = name, .value = value, .instead = instead};
}
constexpr Option refuse_member(std::string_view name, std::string_view instead, Value value = kNone) {
  return {.name = name, .value = value, .member = true, .instead = instead};
}

// Those with the same reason stand together: they are one row of docs/options.md.
constexpr Option kRefused[] = {
    refuse("iR", kSome, "sluice does not generate targets; name them, or read them with -iL"),
    refuse("i", kSome, "use -iL"),
    refuse_member("PT", kPings, kAttached),
    refuse_member("PB", kPings, kAttached),
    refuse_member("PI", kPings),
    refuse_member("PY", kPings, kAttached),
    refuse_member("PM", kPings),
    refuse_member("PO", kPings, kAttached),
    refuse("discovery-ignore-rst", kNone,
           "a refused connection shows that a host is up; use -Pn to take all hosts for up"),
    refuse("route-dst", kSome, "use ip route get"),
    refuse_member("sA", kConnects),
    refuse_member("sW", kConnects),
    refuse_member("sM", kConnects),
    refuse_member("sN", kConnects),
    refuse_member("sF", kConnects),
    refuse_member("sX", kConnects),
    refuse_member("sY", kNoSctp),
    refuse_member("sZ", kNoSctp),
    refuse("adler32", kNone, kNoSctp),
    refuse_member("sO", "sluice does not scan IP protocols; leave it out"),
    refuse("sI", kSome, "sluice does not support idle scans; use -sT"),
    refuse_member("sR", "sluice does not support RPC scans; use --script rpcinfo"),
    refuse("b", kSome, "sluice does not support bounce scans; use --script ftp-bounce to find such servers"),
    refuse("defeat-rst-ratelimit", kNone, kUnneeded),
    refuse("nsock-engine", kSome, kUnneeded),
    refuse("q", kNone, kUnneeded),
    refuse("defeat-icmp-ratelimit", kNone,
           "sluice detects rate-limited refusals and waits for them; leave the option out"),
    refuse("nogcc", kNone, "use --min-parallelism"),
    refuse("scanflags", kSome, kNoPackets),
    refuse("f", kNone, kNoPackets),
    refuse("ff", kNone, kNoPackets),
    refuse("mtu", kSome, kNoPackets),
    refuse("D", kSome, kNoPackets),
    refuse("spoof-mac", kSome, kNoPackets),
    refuse("badsum", kNone, kNoPackets),
    refuse("data", kSome, kNoPackets),
    refuse("data-string", kSome, kNoPackets),
    refuse("ip-options", kSome, kNoPackets),
    refuse("send-eth", kNone, kNoPackets),
    refuse("proxies", kSome, kNoProxies),
    refuse("proxy", kSome, kNoProxies),
    refuse("deprecated-xml-osclass", kNone,
           "sluice does not detect operating systems; scripts such as smb-os-discovery may"),
    refuse("oS", kSome, "sluice writes plain text only; use -oN"),
    refuse("oH", kSome, "use -oX and a stylesheet"),
    refuse("m", kSome, "use -oG"),
    refuse("o", kSome, "use -oN, -oX, -oG, -oJ or -oA, with a space before the file name"),
    refuse("I", kNone, kNoEffect),
    refuse("thc", kNone, kNoEffect),
};

}  // namespace

std::span<const Option> refused_options() { return kRefused; }

}  // namespace sluice::arguments
