// SPDX-License-Identifier: Apache-2.0
#include "model/known_port.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/random_text.hpp"

namespace sluice::model {
namespace {

/// "127.0.0.1 80/tcp service hostname; ..." or the error.
std::string show_line(std::string_view line) {
  const auto ports = parse_known_ports(line);
  if (!ports) return ports.error().message;
  std::string text;
  for (const KnownPort& known : *ports) {
    if (!text.empty()) text += "; ";
    text += (known.address ? known.address->text() : "?") + " " + std::to_string(known.port) + "/" +
            std::string(to_text(known.protocol));
    if (known.tls) text += " tls";
    if (!known.service.empty()) text += " " + known.service;
    if (!known.hostname.empty()) text += " @" + known.hostname;
  }
  return text;
}

TEST(KnownPort, LineGivesAddressPortProtocolServiceAndName) {
  EXPECT_EQ(show_line("127.0.0.1:80"), "127.0.0.1 80/tcp");
  EXPECT_EQ(show_line("127.0.0.1:53/udp"), "127.0.0.1 53/udp");
  EXPECT_EQ(show_line("[::1]:443/tcp,https,www.example.org"), "::1 443/tcp https @www.example.org");
  EXPECT_EQ(show_line("  127.0.0.1:443 , https , www.example.org \r"), "127.0.0.1 443/tcp https @www.example.org");
  EXPECT_EQ(show_line("127.0.0.1:443,,www.example.org"), "127.0.0.1 443/tcp @www.example.org");
  EXPECT_EQ(show_line("127.0.0.1:443/TCP,https,"), "127.0.0.1 443/tcp https");
}

TEST(KnownPort, HostNameIsLeftUnresolved) {
  EXPECT_EQ(show_line("www.example.org:443"), "? 443/tcp @www.example.org");
  EXPECT_EQ(show_line("www.example.org:443,https,www.example.org"), "? 443/tcp https @www.example.org");
  EXPECT_EQ(show_line("a.example:443,https,b.example"), "'a.example:443,https,b.example' names two hosts");
}

TEST(KnownPort, BlankLinesAndCommentsGiveNoPorts) {
  for (const char* line : {"", "  \t\r", "# masscan", "#masscan", "   # x"}) EXPECT_EQ(show_line(line), "") << line;
  EXPECT_EQ(show_line("127.0.0.1:80 # web"), "127.0.0.1 80/tcp");
}

TEST(KnownPort, ListFormatsOfScannersAreParsed) {
  EXPECT_EQ(show_line("open tcp 80 1.2.3.4 1500000000"), "1.2.3.4 80/tcp");
  EXPECT_EQ(show_line("open udp 53 2001:db8::1 1500000000"), "2001:db8::1 53/udp");
  EXPECT_EQ(show_line("banner tcp 80 1.2.3.4 1500000000 http.server nginx"), "");
  EXPECT_EQ(show_line("closed tcp 81 1.2.3.4 1500000000"), "");
  EXPECT_EQ(show_line("Discovered open port 443/tcp on 1.2.3.4     "), "1.2.3.4 443/tcp");
  EXPECT_EQ(show_line("1.2.3.4 -> [80,443]"), "1.2.3.4 80/tcp; 1.2.3.4 443/tcp");
  EXPECT_EQ(show_line("::1 -> [22, 80]"), "::1 22/tcp; ::1 80/tcp");
  EXPECT_EQ(show_line("1.2.3.4 -> []"), "");
}

TEST(KnownPort, ParseErrorNamesWrongPart) {
  EXPECT_EQ(show_line("1.2.3.4"), "'1.2.3.4' has no port (address:port is needed)");
  EXPECT_EQ(show_line("x" + std::string(70, 'y')),
            "'x" + std::string(59, 'y') + "...' has no port (address:port is needed)");
  EXPECT_EQ(show_line(std::string(59, 'y') + "\xc3\xa9 "),
            "'" + std::string(59, 'y') + "...' has no port (address:port is needed)");
  EXPECT_EQ(show_line("1.2.3.4,http"), "'1.2.3.4' has no port (address:port is needed)");
  EXPECT_EQ(show_line("1.2.3.4:0"), "'0' is not a port between 1 and 65535");
  EXPECT_EQ(show_line("1.2.3.4:65536"), "'65536' is not a port between 1 and 65535");
  EXPECT_EQ(show_line("1.2.3.4:"), "'' is not a port between 1 and 65535");
  EXPECT_EQ(show_line("1.2.3.4:80-90"), "'80-90' is not a port between 1 and 65535");
  EXPECT_EQ(show_line("1.2.3.4:80/icmp"), "'icmp' is not a protocol (tcp, udp or sctp)");
  EXPECT_EQ(show_line("1.2.3.400:80"), "'1.2.3.400' is neither an address nor a host name");
  EXPECT_EQ(show_line(":80"), "'' is neither an address nor a host name");
  EXPECT_EQ(show_line("::1:443"), "'::1:443' is ambiguous: put the IPv6 address in brackets, as in [::1]:443");
  EXPECT_EQ(show_line("[::1]"), "'[::1]' has no ':' and port behind its brackets");
  EXPECT_EQ(show_line("[::1:443"), "'[::1:443' has no IPv6 address in its brackets");
  EXPECT_EQ(show_line("[127.0.0.1]:443"), "'[127.0.0.1]:443' has no IPv6 address in its brackets");
  EXPECT_EQ(show_line("1.2.3.4:80,ht tp"), "'ht tp' is not the name of a service");
  EXPECT_EQ(show_line("1.2.3.4:80,http,a b"), "'a b' is not a host name");
  EXPECT_EQ(show_line("1.2.3.4:80,http,a,b"), "'a,b' is not a host name");
  EXPECT_EQ(show_line("1.2.3.4:80 443"), "'80 443' is not a port between 1 and 65535");
  EXPECT_EQ(show_line("open tcp x 1.2.3.4 1"), "'x' is not a port between 1 and 65535");
  EXPECT_EQ(show_line("open tcp 80"), "'' is neither an address nor a host name");
  EXPECT_EQ(show_line("1.2.3.4 -> 80"), "'80' is not a list of ports in brackets");
  EXPECT_EQ(show_line("1.2.3.4 -> [80,,443]"), "'' is not a port between 1 and 65535");
}

TEST(KnownPort, GrepableReportGivesOpenPortsWithServices) {
  EXPECT_EQ(
      show_line(
          "Host: 192.0.2.1 (a.example)\tPorts: 22/open/tcp//ssh//OpenSSH 9.2 #1 (x, y)/, 23/closed/tcp//telnet///, "
          "443/open/tcp//ssl|http//nginx/, 993/open/tcp//ssl|https?///, 8443/open/tcp//ssl|unknown///, "
          "9000/open/tcp//http?///\tIgnored State: filtered (994)"),
      "192.0.2.1 22/tcp ssh; 192.0.2.1 443/tcp tls http; 192.0.2.1 993/tcp tls https; 192.0.2.1 8443/tcp tls; "
      "192.0.2.1 9000/tcp http");
  EXPECT_EQ(show_line("Host: ::1 ()\tPorts: 53/open|filtered/udp//domain///, 123/open/udp/////"), "::1 123/udp");
  EXPECT_EQ(show_line("Timestamp: 1500000000\tHost: 192.0.2.1 ()\tPorts: 80/open/tcp//http//"),
            "192.0.2.1 80/tcp http");
  EXPECT_EQ(show_line("Host: 192.0.2.1 ()\tStatus: Up"), "");
  EXPECT_EQ(show_line("Host: 192.0.2.1 ()\tPorts: \tIgnored State: closed (1000)"), "");
  EXPECT_EQ(show_line("Host: 192.0.2.1 ()\tPorts: x/open/tcp//http///"), "'x' is not a port between 1 and 65535");
  EXPECT_EQ(show_line("Host: 192.0.2.300 ()\tPorts: 80/open/tcp//http///"),
            "'192.0.2.300' is neither an address nor a host name");
}

TEST(KnownPort, GrepableBlankIsOptionalBetweenPortsAndRefusedInService) {
  EXPECT_EQ(show_line("Host: 192.0.2.1 ()\tPorts: 80/open/tcp//http///,81/open/tcp//unknown///"),
            "192.0.2.1 80/tcp http; 192.0.2.1 81/tcp");
  EXPECT_EQ(show_line("Host: 192.0.2.1 ()\tPorts: 80/open/tcp//a b///"), "'a b' is not the name of a service");
}

TEST(KnownPort, LinesOfRustScanAreParsed) {
  EXPECT_EQ(show_line("Open 192.0.2.1:22"), "192.0.2.1 22/tcp");
  EXPECT_EQ(show_line("Open [::1]:22"), "::1 22/tcp");
  EXPECT_EQ(show_line("\x1b[38;2;0;255;9mOpen \x1b[0m\x1b[1m192.0.2.1:\x1b[38;2;255;0;0m22\x1b[0m"),
            "192.0.2.1 22/tcp");
}

TEST(KnownPort, UrlSchemeGivesServiceAndTls) {
  EXPECT_EQ(show_line("https://www.example.org:8443/x"), "? 8443/tcp tls http @www.example.org");
  EXPECT_EQ(show_line("http://192.0.2.1"), "192.0.2.1 80/tcp http");
  EXPECT_EQ(show_line("HTTPS://u:p@[::1]/a?b#c"), "::1 443/tcp tls http");
  EXPECT_EQ(show_line("https://192.0.2.1:444 [200] [A title]"), "192.0.2.1 444/tcp tls http");
  EXPECT_EQ(show_line("imaps://192.0.2.1"), "192.0.2.1 993/tcp tls imap");
  EXPECT_EQ(show_line("udp://192.0.2.1:53"), "192.0.2.1 53/udp");
  EXPECT_EQ(show_line("gopher://192.0.2.1:70"), "192.0.2.1 70/tcp gopher");
  EXPECT_EQ(show_line("gopher://192.0.2.1"), "'gopher://192.0.2.1' has no port, and its scheme has none");
  EXPECT_EQ(show_line("http://192.0.2.1 x"), "'x' is not allowed after a URL");
  EXPECT_EQ(show_line("http://192.0.2.1:x"), "'x' is not a port between 1 and 65535");
  EXPECT_EQ(show_line("http://"), "'' is neither an address nor a host name");
}

TEST(KnownPort, JsonOfNaabuAndMasscanIsParsed) {
  EXPECT_EQ(show_line(R"({"ip":"192.0.2.1","port":22,"protocol":"tcp"})"), "192.0.2.1 22/tcp");
  EXPECT_EQ(
      show_line(R"({"host":"a.example","ip":"192.0.2.1","timestamp":"x","port":443,"protocol":"tcp","tls":true})"),
      "192.0.2.1 443/tcp tls @a.example");
  EXPECT_EQ(show_line(R"({"host":"a.example","port":443})"), "? 443/tcp @a.example");
  EXPECT_EQ(show_line(R"({"host":"192.0.2.1","ip":"192.0.2.1","port":{"Port":53,"Protocol":1,"TLS":false}})"),
            "192.0.2.1 53/udp");
  const std::string masscan =
      R"({   "ip": "192.0.2.1",   "timestamp": "1700000000", "ports": [ {"port": 22, "proto": "tcp", "status": "open", )"
      R"("reason": "syn-ack", "ttl": 64}, {"port": 23, "proto": "tcp", "status": "closed"} ] })";
  for (const std::string& line :
       {masscan, masscan + ",", "[" + masscan, masscan + "]", "[" + masscan + "]", ", " + masscan})
    EXPECT_EQ(show_line(line), "192.0.2.1 22/tcp") << line;
  EXPECT_EQ(show_line("[" + masscan + "," + masscan + "]"), "192.0.2.1 22/tcp; 192.0.2.1 22/tcp");
  EXPECT_EQ(
      show_line(
          R"({"ip":"192.0.2.1","timestamp":"1","ports":[{"port":80,"proto":"tcp","service":{"name":"http.server","banner":"x"}}]},)"),
      "192.0.2.1 80/tcp");
  EXPECT_EQ(show_line(R"({"ip":"192.0.2.1","port":80,"proto":"tcp","rec_type":"status","data":{"status":"open"}})"),
            "192.0.2.1 80/tcp");
  EXPECT_EQ(show_line(R"({"ip":"192.0.2.1","port":80,"proto":"tcp","rec_type":"status","data":{"status":"closed"}})"),
            "");
  EXPECT_EQ(
      show_line(R"({"ip":"192.0.2.1","port":80,"proto":"tcp","rec_type":"banner","data":{"service_name":"http"}})"),
      "");
  EXPECT_EQ(show_line("{finished: 1}"), "");
}

TEST(KnownPort, DeeplyNestedJsonIsRefused) {
  const std::string nested = std::string(200'000, '[') + std::string(200'000, ']');
  KnownPortParser parser;
  EXPECT_FALSE(parser.parse("[{\"ip\":\"127.0.0.1\",\"port\":1}," + nested + "]"));
  EXPECT_FALSE(parser.parse("{\"ip\":\"127.0.0.1\",\"ports\":[{\"x\":" + nested + "}]}"));
}

TEST(KnownPort, InvalidJsonErrorNamesWrongPart) {
  EXPECT_EQ(show_line("{\"ip\": }"), "'{\"ip\": }' is not a JSON object");
  EXPECT_EQ(show_line(R"({"ip":"192.0.2.1"})"), "'{\"ip\":\"192.0.2.1\"}' has no port");
  EXPECT_EQ(show_line(R"({"port":80})"), "'' is neither an address nor a host name");
  EXPECT_EQ(show_line(R"({"ip":"192.0.2.300","port":80})"), "'192.0.2.300' is neither an address nor a host name");
  EXPECT_EQ(show_line(R"({"ip":"192.0.2.1","port":-1})"), "'-1' is not a port between 1 and 65535");
  EXPECT_EQ(show_line(R"({"ip":["x"],"port":{"a":[1]}})"), "'' is neither an address nor a host name");
  EXPECT_EQ(show_line(R"([[{"ip":"192.0.2.1","port":1}]])"),
            "'[[{\"ip\":\"192.0.2.1\"' has no IPv6 address in its brackets");
}

/// Returns the ports of consecutive lines, "-" for a line without ports, or the errors.
std::string show_all(const std::vector<std::string>& lines) {
  KnownPortParser parser;
  std::string text;
  for (const std::string& line : lines) {
    const auto ports = parser.parse(line);
    text += text.empty() ? "" : "; ";
    if (!ports) text += ports.error().message;
    if (ports && ports->empty()) text += "-";
    if (ports)
      for (const KnownPort& known : *ports)
        text += (known.address ? known.address->text() : known.hostname) + " " + std::to_string(known.port) + "/" +
                std::string(to_text(known.protocol)) + (known.tls ? " tls" : "") +
                (known.service.empty() ? "" : " " + known.service) +
                (known.address && !known.hostname.empty() ? " @" + known.hostname : "");
  }
  return text;
}

TEST(KnownPort, CsvHeaderDeterminesColumns) {
  EXPECT_EQ(show_all({"saddr,sport", "192.0.2.1,80", "192.0.2.2,0", "192.0.2.3:443,https"}),
            "-; 192.0.2.1 80/tcp; '0' is not a port between 1 and 65535; 192.0.2.3 443/tcp https");
  EXPECT_EQ(show_all({"classification,saddr,daddr,sport,dport,success", "synack,192.0.2.1,192.0.2.9,80,50000,1",
                      "rst,192.0.2.2,192.0.2.9,80,50000,0"}),
            "-; 192.0.2.1 80/tcp; -");
  EXPECT_EQ(show_all({"host,ip,port,timestamp,protocol,tls", "a.example,192.0.2.1,53,\"2024, x\",udp,false",
                      "192.0.2.1,192.0.2.1,22,x,tcp,false"}),
            "-; 192.0.2.1 53/udp @a.example; 192.0.2.1 22/tcp");
  EXPECT_EQ(show_all({"host,ip,timestamp,port,protocol,tls,cdn", "a.example,192.0.2.1,x,443,tcp,true,false"}),
            "-; 192.0.2.1 443/tcp tls @a.example");
  EXPECT_EQ(show_all({"host,port", "a.example,80"}), "-; a.example 80/tcp");
  EXPECT_EQ(show_all({"saddr,ttl", "192.0.2.1,64"}), "-; '192.0.2.1,64' has no port: no column is named port or sport");
  EXPECT_EQ(show_all({"saddr", "192.0.2.1"}), "-; '192.0.2.1' has no port: no column is named port or sport");
}

TEST(KnownPort, CsvOfAddressAndPortNeedsNoHeader) {
  EXPECT_EQ(show_line("192.0.2.1,80"), "192.0.2.1 80/tcp");
  EXPECT_EQ(show_line("2001:db8::1,80"), "2001:db8::1 80/tcp");
}

TEST(KnownPort, ScannerMessagesGiveNoPorts) {
  for (const char* line :
       {"[", "]", "[]", ",", "{}", " ] ", "-----", "\x1b[0m", "<!-- masscan v1.0 scan -->", "[~] Starting Script(s)",
        "[INF] Found 1 ports on host a.example (192.0.2.1)",
        "Starting masscan 1.3.2 (http://bit.ly/14GZzcT) at 2024-01-01 00:00:00 GMT", "rate:  0.00-kpps, 100.00% done"})
    EXPECT_EQ(show_line(line), "") << line;
  EXPECT_EQ(show_line("[\x1b[34mINF\x1b[0m] Running CONNECT scan"), "");
  EXPECT_EQ(show_line("[+] 192.0.2.1:22"), "192.0.2.1 22/tcp");
  EXPECT_EQ(show_line("[::1]:22"), "::1 22/tcp");
  EXPECT_EQ(show_all({".----. .-. .-. .----..---.  .----. .---.   .--.  .-. .-.",
                      "| {}  }| { } |{ {__ {_   _}{ {__  /  ___} / {} \\ |  `| |", "The Modern Day Port Scanner.",
                      ": https://github.com/RustScan/RustScan :", "Open 192.0.2.1:22", "nonsense"}),
            "-; -; -; -; 192.0.2.1 22/tcp; 'nonsense' has no port (address:port is needed)");
}

TEST(KnownPort, HostNameMayEqualScannerKeyword) {
  EXPECT_EQ(show_line("rate:80"), "? 80/tcp @rate");
  EXPECT_EQ(show_line("open:80"), "? 80/tcp @open");
  EXPECT_EQ(show_line("scanning:80"), "? 80/tcp @scanning");
  EXPECT_EQ(show_line("rate: 80"), "' 80' is not a port between 1 and 65535");
}

TEST(KnownPort, MessageWithAddressAndPortIsNotDropped) {
  for (const char* word : {"Scanning", "Starting", "Initiating"})
    EXPECT_NE(show_line(word + std::string(" 192.0.2.1:22")), "") << word;
  for (const char* line :
       {"Scanning 1 hosts [1 port/host]", "Scanning 192.0.2.1 [1000 ports]", "Initiating SYN Stealth Scan"})
    EXPECT_EQ(show_line(line), "") << line;
}

TEST(KnownPort, RustScanBannerEndsAtFirstResult) {
  const std::vector<std::string> art = {".----. .-. .-. .----..---.  .----. .---.   .--.  .-. .-.",
                                        "| .-. \\| {_} |.-._} } | |  .-._} }\\     }/  /\\  \\| |\\  |",
                                        "Faster scanning with Rust.",
                                        "________________________________________",
                                        ": http://discord.example.org           :",
                                        ": https://github.com/RustScan/RustScan :",
                                        " --------------------------------------"};
  const std::string dropped = "-; -; -; -; -; -; -; ";
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> lines = art;
    lines.insert(lines.end(), more.begin(), more.end());
    return show_all(lines);
  };
  EXPECT_EQ(with({"192.0.2.1:22", "nonsense"}),
            dropped + "192.0.2.1 22/tcp; 'nonsense' has no port (address:port is needed)");
  EXPECT_EQ(with({"https://admin.example.org", "a.example:22"}), dropped + "-; a.example 22/tcp");
  EXPECT_EQ(with({"A quotation.", "nonsense"}), dropped + "-; 'nonsense' has no port (address:port is needed)");
  EXPECT_EQ(with({"A quotation.", "", "https://192.0.2.1/"}), dropped + "-; -; 192.0.2.1 443/tcp tls http");
}

TEST(KnownPort, JsonObjectMaySpanLines) {
  EXPECT_EQ(show_all({"{", "  \"ip\": \"192.0.2.1\",", "  \"port\": 80,", "  \"tls\": true", "}"}),
            "-; -; -; -; 192.0.2.1 80/tcp tls");
  EXPECT_EQ(show_all({"[", "  {", "    \"ip\": \"192.0.2.1\",", "    \"ports\": [", "      {", "        \"port\": 80",
                      "      },", "      {", "        \"port\":", "81", "      }", "    ]", "  },",
                      "  {\"ip\": \"192.0.2.2\",", "\"port\": 22}", "]"}),
            "-; -; -; -; -; -; -; -; -; -; -; -; 192.0.2.1 80/tcp192.0.2.1 81/tcp; -; 192.0.2.2 22/tcp; -");
  EXPECT_EQ(show_all({"[{\"ip\": \"192.0.2.1\", \"port\": 80", "}, {", "\"ip\": \"192.0.2.2\", \"port\": 81 }]"}),
            "-; 192.0.2.1 80/tcp; 192.0.2.2 81/tcp");
  EXPECT_EQ(show_all({R"({"x": "} \" # {", "ip": "192.0.2.1", "port": 1})"}), "192.0.2.1 1/tcp");
}

TEST(KnownPort, LineStartingNewEntryCutsOffJsonObject) {
  for (const char* line :
       {"192.0.2.1:80", "[::1]:80", "a.example:80", "{\"ip\": \"192.0.2.1\", \"port\": 80}", "# a comment"}) {
    KnownPortParser parser;
    EXPECT_TRUE(parser.parse("{"));
    EXPECT_TRUE(parser.parse("  \"ip\": \"192.0.2.9\","));
    EXPECT_TRUE(parser.is_cut_off_by(line)) << line;
    EXPECT_FALSE(parser.is_cut_off_by("  \"port\": 80"));
    EXPECT_TRUE(parser.end());
    EXPECT_FALSE(parser.is_cut_off_by(line)) << line;
    EXPECT_TRUE(parser.parse("192.0.2.1:80"));
  }
}

TEST(KnownPort, RandomTextGivesValidPortsOrError) {
  for (unsigned seed = 0; seed < 5000; ++seed) {
    const auto ports =
        parse_known_ports(test::random_text(seed, "127.0.0.1:[],,/ tcpopen#->{}\"\x1b").substr(0, seed % 40));
    if (!ports) continue;
    for (const KnownPort& known : *ports) {
      EXPECT_NE(known.port, 0);
      EXPECT_TRUE(known.address || !known.hostname.empty());
    }
  }
}

}  // namespace
}  // namespace sluice::model
