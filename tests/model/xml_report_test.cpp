// SPDX-License-Identifier: Apache-2.0
#include "model/xml_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/random_text.hpp"

namespace sluice::model {
namespace {

std::string show(const KnownPort& known) {
  std::string text = known.address ? known.address->text() : "?";
  if (!known.hostname.empty()) text += "=" + known.hostname;
  text += " " + std::to_string(known.port) + "/" + std::string(to_text(known.protocol));
  if (known.tls) text += " tls";
  if (!known.service.empty()) text += " " + known.service;
  if (const Service* found = known.detected.get()) {
    for (const std::string& part : {found->product, found->version, found->extrainfo, found->ostype})
      text += " '" + part + "'";
    for (const std::string& cpe : found->cpe) text += " " + cpe;
    text += " " + std::to_string(found->confidence);
  }
  return text;
}

/// Returns "host port, port; ..." for all hosts that are ready, and "line: error" for those that are wrong.
std::string take(XmlReportReader& reader) {
  std::string text;
  while (auto host = reader.next()) {
    if (!text.empty()) text += "; ";
    if (!host->open) {
      text += std::to_string(host->line) + ": " + host->open.error().message;
      continue;
    }
    EXPECT_FALSE(host->open->empty());
    for (const KnownPort& known : *host->open) text += (&known == &host->open->front() ? "" : ", ") + show(known);
  }
  return text;
}

/// Reads one document in pieces of `size` bytes. Each piece is freed after the reader has received it.
std::string read_in_pieces(std::string_view document, std::size_t size) {
  XmlReportReader reader;
  std::string found;
  for (std::size_t at = 0; at < document.size() && !reader.ended(); at += size) {
    const auto piece = std::make_unique<std::string>(document.substr(at, size));
    reader.feed(*piece, at + size >= document.size());
    if (const std::string part = take(reader); !part.empty()) found += (found.empty() ? "" : "; ") + part;
  }
  return found;
}

/// Reads consecutive documents with white space between them. "rest: ..." shows the text that starts no document.
std::string read(std::string text) {
  std::string found;
  for (std::size_t lines = 0; !text.empty();) {
    XmlReportReader reader(lines);
    reader.feed(text, true);
    if (const std::string part = take(reader); !part.empty()) found += (found.empty() ? "" : "; ") + part;
    EXPECT_TRUE(reader.ended());
    text = reader.take_rest();
    lines = reader.lines_before_rest();
    while (!text.empty() && std::string_view(" \r\n").find(text.front()) != std::string_view::npos) {
      lines += text.front() == '\n' ? 1 : 0;
      text.erase(0, 1);
    }
    if (text.empty() || XmlReportReader::starts(text) == XmlReportReader::Start::Yes) continue;
    return found + (found.empty() ? "" : "; ") + "rest: " + text;
  }
  return found;
}

std::string with_hosts(std::string_view hosts) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n"
         "<?xml-stylesheet href=\"file:///usr/share/nmap/nmap.xsl\" type=\"text/xsl\"?>\n"
         "<nmaprun scanner=\"nmap\" args=\"nmap -sV 10.0.0.0/24\">\n<verbose level=\"0\"/>\n" +
         std::string(hosts) + "<runstats><hosts up=\"1\" down=\"0\" total=\"1\"/></runstats>\n</nmaprun>\n";
}

std::string host(std::string_view address, std::string_view ports) {
  return "<host starttime=\"1\"><status state=\"up\"/>\n<address addr=\"" + std::string(address) +
         "\" addrtype=\"ipv4\"/>\n<hostnames>\n</hostnames>\n<ports>" + std::string(ports) + "</ports>\n</host>\n";
}

constexpr std::string_view kSsh =
    "<port protocol=\"tcp\" portid=\"22\"><state state=\"open\" reason=\"syn-ack\"/><service name=\"ssh\" "
    "product=\"OpenSSH\" version=\"9.2p1\" extrainfo=\"protocol 2.0\" ostype=\"Linux\" method=\"probed\" conf=\"10\">"
    "<cpe>cpe:/a:openbsd:openssh:9.2p1</cpe><cpe>cpe:/o:linux:linux_kernel</cpe></service>"
    "<script id=\"x\" output=\"&lt;port&gt;\"><elem key=\"state\">open</elem></script></port>\n";
constexpr std::string_view kClosed =
    "<port protocol=\"tcp\" portid=\"23\"><state state=\"closed\"/><service name=\"telnet\" "
    "method=\"table\"/></port>\n";
constexpr std::string_view kTls =
    "<port protocol=\"tcp\" portid=\"8443\"><state state=\"open\"/><service name=\"http\" tunnel=\"ssl\" "
    "method=\"table\" conf=\"3\"/></port>\n";

TEST(XmlReport, HostElementGivesOpenPorts) {
  EXPECT_EQ(read(with_hosts(host("10.0.0.1", std::string(kClosed) + std::string(kTls)) + host("10.0.0.2", kClosed) +
                            host("10.0.0.3",
                                 "<port protocol=\"udp\" portid=\"53\"><state state=\"open\"/></port>"
                                 "<port protocol=\"udp\" portid=\"9\"><state state=\"open|filtered\"/>"
                                 "</port><port protocol=\"ip\" portid=\"6\"><state state=\"open\"/></port>"))),
            "10.0.0.1 8443/tcp tls http; 10.0.0.3 53/udp");
}

TEST(XmlReport, PortHasDetectedService) {
  EXPECT_EQ(read(with_hosts(host("10.0.0.1", kSsh))),
            "10.0.0.1 22/tcp ssh 'OpenSSH' '9.2p1' 'protocol 2.0' 'Linux' cpe:/a:openbsd:openssh:9.2p1 "
            "cpe:/o:linux:linux_kernel 10");
}

TEST(XmlReport, HostNameComesFromHostnameOfTypeUser) {
  const auto named = [](std::string_view names) {
    return read(
        with_hosts("<host><address addr=\"00:11:22:33:44:55\" addrtype=\"mac\"/>"
                   "<address addr=\"2001:db8::1\" addrtype=\"ipv6\"/><hostnames>" +
                   std::string(names) + "</hostnames><ports>" + std::string(kTls) + "</ports></host>"));
  };
  EXPECT_EQ(named("<hostname name=\"a.example\" type=\"user\"/><hostname name=\"b.example\" type=\"PTR\"/>"),
            "2001:db8::1=a.example 8443/tcp tls http");
  EXPECT_EQ(named("<hostname name=\"b.example\" type=\"PTR\"/>"), "2001:db8::1 8443/tcp tls http");
}

TEST(XmlReport, ReportOfMasscanIsParsed) {
  EXPECT_EQ(read("<?xml version=\"1.0\"?>\r\n<!-- masscan v1.0 scan -->\r\n<nmaprun scanner=\"masscan\">\r\n"
                 "<host endtime=\"1\"><address addr=\"10.0.0.1\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" "
                 "portid=\"80\"><state state=\"open\" reason=\"syn-ack\" reason_ttl=\"64\"/></port></ports></host>\r\n"
                 "</nmaprun>\r\n"),
            "10.0.0.1 80/tcp");
}

TEST(XmlReport, HostHintsAndPreScanScriptsGiveNoHosts) {
  EXPECT_EQ(
      read(with_hosts("<prescript><script id=\"p\" output=\"\"/></prescript>"
                      "<hosthint><status state=\"up\"/><address addr=\"10.0.0.9\" addrtype=\"ipv4\"/></hosthint>" +
                      host("10.0.0.1", kTls))),
      "10.0.0.1 8443/tcp tls http");
}

TEST(XmlReport, EscapedBytesAreDecoded) {
  EXPECT_EQ(read(with_hosts(host("10.0.0.1",
                                 "<port protocol=\"tcp\" portid=\"1\"><state state=\"open\"/><service "
                                 "name=\"x\" product=\"&#xc3;&#xa9; &#xff;&amp;\" method=\"probed\" "
                                 "conf=\"99\"/></port>"))),
            "10.0.0.1 1/tcp x '\xc3\xa9 \xff&' '' '' '' 10");
}

TEST(XmlReport, HostIsReadyWhenElementEnds) {
  XmlReportReader reader;
  const std::string report = with_hosts(host("10.0.0.1", kTls) + host("10.0.0.2", kTls));
  const std::size_t end = report.find("</host>") + 7;
  reader.feed(report.substr(0, end - 1), false);
  EXPECT_FALSE(reader.ready());
  reader.feed(report.substr(end - 1, 1), false);
  EXPECT_TRUE(reader.ready());
  EXPECT_EQ(take(reader), "10.0.0.1 8443/tcp tls http");
  reader.feed(report.substr(end), true);
  EXPECT_EQ(take(reader), "10.0.0.2 8443/tcp tls http");
}

TEST(XmlReport, ResultIsIndependentOfPieceSize) {
  const std::string report = with_hosts(host("10.0.0.1", kSsh) + host("10.0.0.2", kTls) + "<host><a></host>\n" +
                                        host("x", kTls) + host("10.0.0.3", kTls));
  const std::string once = read(report);
  EXPECT_THAT(once, testing::HasSubstr("; 10.0.0.3 8443/tcp tls http"));
  for (const std::size_t size : {1, 2, 3, 7, 39, 500, 2000, 100000})
    EXPECT_EQ(read_in_pieces(report, size), once) << size;
}

TEST(XmlReport, TagMayBeLongerThanPiece) {
  const std::string long_tag =
      "<port protocol=\"tcp\" portid=\"80\"><state state=\"open\"/><script id=\"x\" output=\"" +
      std::string(5000, 'y') + "\"/></port>";
  const std::string report = with_hosts(host("10.0.0.1", long_tag) + host("10.0.0.2", kTls));
  for (const std::size_t size : {100, 512, 1000, 4096, 6000})
    EXPECT_EQ(read_in_pieces(report, size), "10.0.0.1 80/tcp; 10.0.0.2 8443/tcp tls http") << size;
}

TEST(XmlReport, TruncatedReportDoesNotAffectNextReport) {
  const std::string report = with_hosts(host("10.0.0.1", kTls) + host("10.0.0.2", kTls));
  constexpr const char* kEarly =
      ": the report is incomplete, as after an interrupted scan; its complete hosts are used";
  for (const std::string& next : {report, report.substr(report.find("<nmaprun"))})
    for (const char* place : {"</ports>", "2\" addrtype", "<address", "addr="}) {
      const std::string half = report.substr(0, report.rfind(place));
      const std::string found = read(half + next);
      const std::string early = "; " + std::to_string(1 + std::count(half.begin(), half.end(), '\n')) + kEarly;
      const bool inside_a_tag = next != report && std::string(place) != "</ports>";
      EXPECT_TRUE(inside_a_tag || found.find(early) != std::string::npos) << found;
      EXPECT_TRUE(found.starts_with("10.0.0.1 8443/tcp tls http; ")) << found;
      EXPECT_TRUE(found.ends_with("; 10.0.0.1 8443/tcp tls http; 10.0.0.2 8443/tcp tls http")) << found;
    }
  EXPECT_EQ(read("<nmaprun><a></b>\n" + report),
            "1: this is not well-formed XML: mismatched tag; reading continues at the next host; "
            "10.0.0.1 8443/tcp tls http; 10.0.0.2 8443/tcp tls http");
  EXPECT_EQ(read("<?xml <?xml"), std::string("1") + kEarly + "; 1" + kEarly);
}

TEST(XmlReport, InvalidHostDoesNotAffectOtherHosts) {
  const std::string good = host("10.0.0.1", kTls), behind = host("10.0.0.3", kTls);
  constexpr const char* kGood = "10.0.0.1 8443/tcp tls http; ";
  constexpr const char* kBehind = "; 10.0.0.3 8443/tcp tls http";
  const auto between = [&](const std::string& bad) {
    const std::string text = with_hosts(good + bad + behind);
    const std::string found = read(text);
    for (const std::size_t size : {5, 64, 1000}) EXPECT_EQ(read_in_pieces(text, size), found) << size;
    EXPECT_TRUE(found.starts_with(kGood) && found.ends_with(kBehind)) << found;
    const std::size_t start = std::string(kGood).size(), end = found.size() - std::string(kBehind).size();
    return start < end ? found.substr(start, end - start) : "";
  };
  EXPECT_EQ(between(host("10.0.0.2", "<port protocol=\"tcp\" portid=\"1\"><service name=\"a&#x1;\"/></port>")),
            "17: host 10.0.0.2 is skipped: this is not well-formed XML: reference to invalid character number");
  EXPECT_EQ(between(host("10.0.0.2", "<port>")),
            "17: host 10.0.0.2 is skipped: this is not well-formed XML: mismatched tag");
  EXPECT_EQ(between("<host>\n<address addr=\"10.0.0.2\" addrtype=\"ipv4\"/>\n"),
            "15: host 10.0.0.2 is skipped: it has no end");
  EXPECT_EQ(between("<host><address addr=\"10.0.0.2\"/></host></host>\n"),
            "13: this is not well-formed XML: mismatched tag; reading continues at the next host");
  EXPECT_EQ(between("<host><![CDATA[\n</host>\n<hosts><hostx a=\"\">"),
            "13: host is skipped: it has a CDATA section, which is not allowed in a report");
  EXPECT_EQ(between("<host><address addr=\"10.0.0.\xff\"/></host>\n"),
            "13: host is skipped: this is not well-formed XML: not well-formed (invalid token)");
}

TEST(XmlReport, TextBetweenHostsLosesNoHost) {
  const std::string text =
      "Offending packet: TCP 127.0.0.1 > 127.0.0.9 ttl=43 <wscale 10,nop,mss 265>\nWARNING: a & b\n";
  EXPECT_EQ(read(with_hosts(host("10.0.0.1", kTls) + text + host("10.0.0.2", kTls) + text)),
            "10.0.0.1 8443/tcp tls http; 13: this is not well-formed XML: not well-formed (invalid token); reading "
            "continues at the next host; 10.0.0.2 8443/tcp tls http; 22: this is not well-formed XML: not well-formed "
            "(invalid token); reading continues at the next host");
}

TEST(XmlReport, ForeignDocumentIsNamedAndSkipped) {
  const std::string foreign =
      "<?xml version=\"1.0\"?>\n<document><test host=\"a\"/>\n<host><nmap/></host></document>\n";
  const std::string report = with_hosts(host("10.0.0.1", kTls));
  constexpr const char* kNamed =
      "2: this is not a report of Nmap: it begins with '<document>' instead of <nmaprun>; the document is skipped";
  EXPECT_EQ(read(foreign + report), std::string(kNamed) + "; 10.0.0.1 8443/tcp tls http");
  EXPECT_EQ(read(foreign + "10.0.0.2:80\n"), std::string(kNamed) + "; rest: 10.0.0.2:80\n");
  EXPECT_EQ(read(foreign.substr(0, foreign.find("</host>")) + report),
            std::string(kNamed) +
                "; 3: the report is incomplete, as after an interrupted scan; its complete hosts "
                "are used; 10.0.0.1 8443/tcp tls http");
  const std::size_t root = report.find("<nmaprun"), end = report.find("</nmaprun>");
  EXPECT_EQ(read("<?xml version=\"1.0\"?>\n<document>" + report.substr(root, end + 10 - root) + "</document>"),
            std::string(kNamed) + "; 10.0.0.1 8443/tcp tls http; rest: </document>");
}

TEST(XmlReport, DeclaredEncodingIsDecodedUnlessTextIsUtf8) {
  const auto with = [](const std::string& encoding, bool utf8, const std::string& product) {
    XmlReportReader reader(0, utf8);
    std::string text = with_hosts(host("10.0.0.1",
                                       "<port protocol=\"tcp\" portid=\"1\"><state state=\"open\"/><service "
                                       "name=\"x\" method=\"probed\" product=\"" +
                                           product + "\"/></port>"));
    text.replace(text.find("UTF-8"), 5, encoding);
    reader.feed(text, true);
    return take(reader);
  };
  constexpr const char* kRead = "10.0.0.1 1/tcp x '\xfc' '' '' '' 3";
  for (const char* encoding : {"UTF-16", "utf-16le", "ISO-8859-1", "windows-1252"})
    EXPECT_EQ(with(encoding, true, "\xc3\xbc"), kRead) << encoding;
  EXPECT_EQ(with("UTF-16", false, "\xc3\xbc"), kRead);
  EXPECT_EQ(with("ISO-8859-1", false, "\xfc"), kRead);
  EXPECT_EQ(with("windows-1252", false, "\xfc"), kRead);
}

TEST(XmlReport, LinesAfterXmlDeclarationAreReturned) {
  EXPECT_EQ(read("<?xml version=\"1.0\"?>\n10.0.0.2:80\n"), "rest: 10.0.0.2:80\n");
  EXPECT_EQ(read("<?xml version=\"1.0\"?>\n<!-- a comment -->\n"), "");
}

TEST(XmlReport, TextAfterEndIsReturned) {
  EXPECT_EQ(read(with_hosts(host("10.0.0.1", kTls)) + "10.0.0.2:80\n"),
            "10.0.0.1 8443/tcp tls http; rest: 10.0.0.2:80\n");
}

TEST(XmlReport, FingerprintOfUnknownServiceIsKept) {
  XmlReportReader reader;
  reader.feed(with_hosts(host("10.0.0.1",
                              "<port protocol=\"tcp\" portid=\"1\"><state state=\"open\"/><service name=\"unknown\" "
                              "servicefp=\"SF-Port1\" method=\"table\" conf=\"3\"/></port>")),
              true);
  const auto found = reader.next();
  ASSERT_TRUE(found && found->open && found->open->front().detected);
  EXPECT_EQ(found->open->front().detected->fingerprint, "SF-Port1");
  EXPECT_FALSE(found->open->front().detected->probed);
}

TEST(XmlReport, MasscanBannerGivesNoServiceName) {
  EXPECT_EQ(read(with_hosts(host("10.0.0.1",
                                 "<port protocol=\"tcp\" portid=\"80\"><state state=\"open\"/><service "
                                 "name=\"title\" banner=\"Welcome\"/></port>"))),
            "10.0.0.1 80/tcp");
}

TEST(XmlReport, NestingDepthAndCpeCountAreLimited) {
  std::string deep = "<nmaprun><host>";
  for (int each = 0; each < 1000; ++each) deep += "<a>";
  EXPECT_EQ(read(deep), "1: host is skipped: its elements are nested too deeply");
  std::string cpes =
      "<port protocol=\"tcp\" portid=\"1\"><state state=\"open\"/><service name=\"x\" method=\"probed\">";
  for (int each = 0; each < 1000; ++each) cpes += "<cpe>c</cpe>";
  XmlReportReader reader;
  reader.feed(with_hosts(host("10.0.0.1", cpes + "</service></port>")), true);
  const auto found = reader.next();
  ASSERT_TRUE(found && found->open);
  EXPECT_EQ(found->open->front().detected->cpe.size(), 64u);
}

TEST(XmlReport, TruncatedReportGivesCompleteHosts) {
  const std::string report = with_hosts(host("10.0.0.1", kTls) + host("10.0.0.2", kTls));
  constexpr const char* kEarly = "the report is incomplete, as after an interrupted scan; its complete hosts are used";
  EXPECT_EQ(read(report.substr(0, report.rfind("<address"))), std::string("10.0.0.1 8443/tcp tls http; 14: ") + kEarly);
  EXPECT_EQ(read(report.substr(0, report.rfind("addr="))), std::string("10.0.0.1 8443/tcp tls http; 14: ") + kEarly);
}

TEST(XmlReport, ErrorNamesLineAndCause) {
  EXPECT_EQ(read("<html>\n</html>"),
            "1: this is not a report of Nmap: it begins with '<html>' instead of <nmaprun>; the document is skipped");
  EXPECT_EQ(read("<nmaprun>\n<host></nmaprun>"), "2: host is skipped: this is not well-formed XML: mismatched tag");
  EXPECT_EQ(read("<nmaprun>\n<host>\n" + std::string(kTls) + "</host></nmaprun>"), "4: a host has no address");
  EXPECT_EQ(read(with_hosts(host("10.0.0.1", "<port protocol=\"tcp\" portid=\"70000\"/>") + host("10.0.0.2", kTls))),
            "11: '70000' is not a port between 1 and 65535; 10.0.0.2 8443/tcp tls http");
}

TEST(XmlReport, EntityExpansionIsRefused) {
  std::string bomb = "<!DOCTYPE nmaprun [<!ENTITY a0 \"" + std::string(100, 'x') + "\">";
  for (int each = 1; each < 9; ++each) {
    bomb += "<!ENTITY a" + std::to_string(each) + " \"";
    for (int times = 0; times < 10; ++times) bomb += "&a" + std::to_string(each - 1) + ";";
    bomb += "\">";
  }
  EXPECT_NE(read(bomb + "]><nmaprun><host>&a8;</host></nmaprun>").find("amplification"), std::string::npos);
}

TEST(XmlReport, TagLongerThan16MiBIsRefused) {
  XmlReportReader reader;
  reader.feed("<nmaprun><host><address addr=\"", false);
  const std::string piece(1 << 20, 'x');
  int pieces = 0;
  for (; pieces < 30 && !reader.ready(); ++pieces) reader.feed(piece, false);
  EXPECT_LT(pieces, 20);
  EXPECT_EQ(take(reader), "1: a tag is longer than 16 MiB");
  reader.feed(piece, true);
  EXPECT_EQ(take(reader), "");
}

/// Returns the CPU seconds for a document of `count` invalid elements with a valid host at the end.
double seconds_for(const std::string& element, std::size_t count) {
  std::string text = "<nmaprun>\n";
  for (std::size_t i = 0; i < count; ++i) text += element;
  text += host("10.0.0.1", kSsh) + "</nmaprun>\n";
  const std::clock_t before = std::clock();
  XmlReportReader reader;
  reader.feed(text, true);
  const double seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  bool found = false;
  while (auto each = reader.next()) found = found || each->open;
  EXPECT_TRUE(found) << element;
  return seconds;
}

// While the reader copied, parsed and searched the text after each error again, a report of 0.8 MB with 100 000 errors
// took 17 s.
TEST(XmlReport, TimeGrowsLinearlyWithErrors) {
  for (const char* element : {"<host x>", "<host <\n", "<host></x>"})
    EXPECT_LT(seconds_for(element, 20000), std::max(0.5, 8 * seconds_for(element, 5000))) << element;
}

TEST(XmlReport, TooManyUnclosedElementsAreReported) {
  std::string text = "<nmaprun>\n";
  for (int i = 0; i < 20000; ++i) text += "<host><?x ";
  XmlReportReader reader;
  reader.feed(text, true);
  EXPECT_NE(take(reader).find("too many elements have no end"), std::string::npos);
}

TEST(XmlReport, RandomElementNestingGivesValidPorts) {
  constexpr std::string_view kOpening[] = {"host",
                                           "address addr=\"10.0.0.1\" addrtype=\"ipv4\"",
                                           "hostname type=\"user\" name=\"a\"",
                                           "port protocol=\"tcp\" portid=\"7\"",
                                           "state state=\"open\"",
                                           "service method=\"probed\" name=\"s\"",
                                           "cpe",
                                           "nmaprun"};
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    std::string report = "<nmaprun>";
    std::vector<std::string_view> open{"nmaprun"};
    for (int step = 0; step < 40 && !open.empty(); ++step) {
      if (random() % 3 == 0 || (step > 30 && random() % 2 == 0)) {
        report += "</" + std::string(open.back()) + ">x";
        open.pop_back();
      } else {
        const std::string_view tag = kOpening[random() % std::size(kOpening)];
        report += "<" + std::string(tag) + ">y";
        open.push_back(tag.substr(0, tag.find(' ')));
      }
    }
    XmlReportReader reader;
    reader.feed(report, true);
    while (auto found = reader.next())
      if (found->open) {
        EXPECT_FALSE(found->open->empty()) << report;
        for (const KnownPort& known : *found->open) EXPECT_EQ(known.port, 7);
      }
  }
}

TEST(XmlReport, RandomNoiseCausesAtMostThreeErrors) {
  const std::string report = with_hosts(host("10.0.0.1", kSsh) + host("10.0.0.2", kTls));
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::string text = report;
    const std::string noise = test::random_text(seed, "<>/\"= abcdehnopst&;");
    for (std::size_t at = 0; at < noise.size() && at < 1 + seed % 4; ++at)
      text[(seed * 7919U + at * 104729U) % text.size()] = noise[at];
    const std::size_t cut = seed % text.size();
    XmlReportReader reader;
    reader.feed(std::string_view(text).substr(0, cut), false);
    reader.feed(std::string_view(text).substr(cut), true);
    std::size_t wrong = 0;
    for (auto found = reader.next(); found; found = reader.next()) wrong += found->open ? 0 : 1;
    EXPECT_LE(wrong, 3u);
  }
}

}  // namespace
}  // namespace sluice::model
