// SPDX-License-Identifier: Apache-2.0
#include "engine/target_feed.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "native/epoll_event_loop.hpp"
#include "native/native_input_stream.hpp"
#include "native/native_network.hpp"
#include "support/fake_network.hpp"
#include "support/manual_clock.hpp"

namespace sluice::engine {
namespace {

using namespace std::chrono_literals;

Address at(const char* text) { return *Address::parse(text); }

/// "10.0.0.1", "10.0.0.1=name(+others)[80/tcp:service]".
std::string show(const Target& target) {
  std::string shown = target.address.text();
  if (!target.name.empty()) shown += "=" + target.name;
  for (const Address& other : target.others) shown += "+" + other.text();
  for (const model::KnownPort& port : target.ports) {
    shown += " " + std::to_string(port.port) + "/" + std::string(to_text(port.protocol));
    if (!port.service.empty()) shown += ":" + port.service;
  }
  return shown;
}

struct TargetFeed : testing::Test {
  TargetFeed() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-feed-XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  ~TargetFeed() override { std::filesystem::remove_all(folder); }

  void open() {
    auto opened = engine::TargetFeed::open(options, parts());
    ASSERT_TRUE(opened) << opened.error().message;
    feed = std::move(*opened);
  }
  std::string refusal() {
    auto opened = engine::TargetFeed::open(options, parts());
    return opened ? "" : opened.error().message;
  }
  engine::TargetFeed::Parts parts() {
    return {.resolver = network,
            .open_input = [this](const std::string& path) { return net::NativeInputStream::open(loop, path); },
            .skipped =
                [this](std::string specification, std::string reason) {
                  skipped.push_back(std::move(specification) + " | " + std::move(reason));
                },
            .wait = [this] { pass(10ms); },
            .wake = [this] { loop.wake(); },
            .seed = kSeed};
  }
  void pass(Duration time) {
    clock.advance(time);
    deadlines.expire(clock.now());
  }
  /// Returns all targets that are ready.
  std::vector<std::string> at_hand() {
    std::vector<std::string> shown;
    while (feed->ready())
      if (const auto target = feed->next()) shown.push_back(show(*target));
    return shown;
  }
  std::string file(const std::string& name, const std::string& text) {
    const std::string path = folder / name;
    std::ofstream(path) << text;
    return path;
  }

  static constexpr std::uint64_t kSeed = 1;
  ManualClock clock;
  core::Deadlines deadlines;
  net::FakeNetwork network{deadlines, clock};
  net::EpollEventLoop loop;
  std::filesystem::path folder;
  Options options;
  std::vector<std::string> skipped;
  std::unique_ptr<engine::TargetFeed> feed;
};

using List = std::vector<std::string>;

TEST_F(TargetFeed, CommandLineTargetsAreReturnedInOrderWithRepetitions) {
  options.targets = {"10.0.0.1-2", "10.0.1.0/31", "10.0.0.1"};
  open();
  EXPECT_FALSE(feed->ended());
  EXPECT_EQ(at_hand(), (List{"10.0.0.1", "10.0.0.2", "10.0.1.0", "10.0.1.1", "10.0.0.1"}));
  EXPECT_TRUE(feed->ended());
  EXPECT_FALSE(feed->next());
}

TEST_F(TargetFeed, UniqueTargetsReturnsEachAddressOnce) {
  options.unique_targets = true;
  options.targets = {"10.0.0.2", "10.0.0.2", "10.0.0.0/30", "10.0.0.1-4", "10.0.0.3", "10.0.0.4"};
  open();
  EXPECT_EQ(at_hand(), (List{"10.0.0.2", "10.0.0.0", "10.0.0.1", "10.0.0.3", "10.0.0.4"}));
}

TEST_F(TargetFeed, ShuffledTargetsAreReturnedOnceInOtherOrder) {
  options.targets = {"10.0.0.0/24"};
  open();
  List in_order = at_hand();
  options.shuffle_targets = true;
  open();
  EXPECT_EQ(feed->remaining(), 256);
  ASSERT_TRUE(feed->next());
  EXPECT_EQ(feed->remaining(), 255);
  EXPECT_FALSE(feed->ended());
  open();
  List shuffled = at_hand();
  EXPECT_TRUE(feed->ended());
  EXPECT_NE(shuffled, in_order);
  std::sort(shuffled.begin(), shuffled.end());
  std::sort(in_order.begin(), in_order.end());
  EXPECT_EQ(shuffled, in_order);
}

TEST_F(TargetFeed, ShuffledTargetsDoNotWaitForSlowNames) {
  network.name("slow", {at("10.0.0.9")}, 1s);
  options.shuffle_targets = true;
  options.targets = {"slow", "10.0.0.1"};
  open();
  EXPECT_EQ(at_hand(), List{"10.0.0.1"});
  EXPECT_FALSE(feed->ended());
  pass(1s);
  EXPECT_EQ(at_hand(), List{"10.0.0.9=slow"});
}

TEST_F(TargetFeed, RemainingCountsPendingTargets) {
  network.name("slow", {at("10.0.0.9")}, 1s);
  options.targets = {"10.0.0.1", "slow/30"};
  options.input_list = file("list", "10.0.1.0/24 10.0.2.1\n");
  open();
  EXPECT_EQ(feed->remaining(), 262);
  feed->next();
  EXPECT_EQ(feed->remaining(), 261);
  EXPECT_EQ(at_hand().size(), 257u);
  EXPECT_EQ(feed->remaining(), 4);
  pass(1s);
  EXPECT_EQ(at_hand().size(), 4u);
  EXPECT_EQ(feed->remaining(), 0);
}

TEST_F(TargetFeed, SlowNamesDoNotDelayOtherTargets) {
  network.name("slow", {at("10.0.0.9")}, 1s);
  network.name("fast", {at("10.0.0.8")}, 1ms);
  options.targets = {"10.0.0.1", "slow", "fast", "10.0.0.2"};
  open();
  EXPECT_EQ(at_hand(), (List{"10.0.0.1", "10.0.0.2"}));
  pass(1ms);
  EXPECT_EQ(at_hand(), List{"10.0.0.8=fast"});
  EXPECT_FALSE(feed->ended());
  pass(1s);
  EXPECT_EQ(at_hand(), List{"10.0.0.9=slow"});
  EXPECT_TRUE(feed->ended());
}

TEST_F(TargetFeed, PlacesFollowOrderOfTargets) {
  network.name("slow", {at("10.0.0.9")}, 1s);
  options.targets = {"10.0.0.1-2", "slow", "nowhere", "10.0.0.3"};
  open();
  std::vector<std::pair<TargetPlace, std::string>> given;
  const auto take = [&] {
    while (feed->ready())
      if (const auto target = feed->next()) {
        given.emplace_back(target->place, show(*target));
      }
  };
  take();
  EXPECT_EQ(given.size(), 3u);
  EXPECT_GT(feed->floor(), given[1].first);
  EXPECT_LT(feed->floor(), given[2].first);
  pass(1s);
  take();
  EXPECT_LT(given[2].first, feed->floor());
  EXPECT_LT(given[3].first, feed->floor());
  std::sort(given.begin(), given.end());
  List shown;
  for (const auto& [place, target] : given) shown.push_back(target);
  EXPECT_EQ(shown, (List{"10.0.0.1", "10.0.0.2", "10.0.0.9=slow", "10.0.0.3"}));
}

TEST_F(TargetFeed, UnresolvedNameIsSkipped) {
  options.targets = {"nowhere", "10.0.0.1"};
  open();
  EXPECT_EQ(at_hand(), List{"10.0.0.1"});
  EXPECT_EQ(skipped, List{"nowhere | Failed to resolve \"nowhere\"."});
}

TEST_F(TargetFeed, NameWithoutAddressOfFamilyIsSkipped) {
  network.name("six", {at("fd00::1")});
  options.targets = {"six"};
  open();
  EXPECT_EQ(at_hand(), List{});
  EXPECT_EQ(skipped, List{"six | Failed to resolve \"six\" to an IPv4 address; it has IPv6 addresses; add -6."});
}

TEST_F(TargetFeed, FirstAddressOfFamilyIsTargetUnlessResolveAllIsSet) {
  network.name("many", {at("fd00::1"), at("10.0.0.1"), at("10.0.0.2")});
  options.targets = {"many"};
  open();
  EXPECT_EQ(at_hand(), List{"10.0.0.1=many+fd00::1+10.0.0.2"});
  options.resolve_all = true;
  open();
  EXPECT_EQ(at_hand(), (List{"10.0.0.1=many+fd00::1", "10.0.0.2=many+fd00::1"}));
  options.resolve_all = false;
  options.family = Family::Inet6;
  open();
  EXPECT_EQ(at_hand(), List{"fd00::1=many+10.0.0.1+10.0.0.2"});
}

TEST_F(TargetFeed, OnlyResolvedAddressOfNamedNetworkHasName) {
  network.name("net", {at("10.0.0.1")});
  options.targets = {"net/31"};
  open();
  EXPECT_EQ(at_hand(), (List{"10.0.0.0", "10.0.0.1=net"}));
}

TEST_F(TargetFeed, AtMost64NamesAreLookedUpConcurrently) {
  std::string list;
  for (int i = 0; i < 500; ++i) {
    network.name("n" + std::to_string(i), {at("10.0.0.1")}, 1s);
    list += "n" + std::to_string(i) + "\n";
  }
  options.input_list = file("list", list);
  open();
  EXPECT_EQ(at_hand(), List{});
  EXPECT_EQ(network.lookups().size(), 64u);
  std::size_t given = 0;
  for (int second = 0; second < 10; ++second) {
    pass(1s);
    given += at_hand().size();
  }
  EXPECT_EQ(given, 500u);
  EXPECT_TRUE(feed->ended());
}

TEST_F(TargetFeed, InputListIsSplitIntoWordsWithoutComments) {
  options.input_list = file("list", "10.0.0.1 10.0.0.2 # 10.0.0.3\n\n# x\n\t10.0.0.4");
  open();
  EXPECT_EQ(at_hand(), (List{"10.0.0.1", "10.0.0.2", "10.0.0.4"}));
  EXPECT_TRUE(feed->ended());
}

TEST_F(TargetFeed, InvalidSpecificationIsRefusedWithFileAndLine) {
  options.targets = {"10.0.0.1", "10.0.0.256"};
  EXPECT_EQ(refusal(), "'10.0.0.256' is not an address, a range of addresses or a host name");
  options.targets.clear();
  const std::string path = file("list", "10.0.0.1\n10.0.0.1 10.0.0.1/33\n");
  options.input_list = path;
  EXPECT_EQ(refusal(), "-iL: " + path + ", line 2: '10.0.0.1/33' has more than the 32 network bits of an IPv4 address");
  options.input_list = folder / "none";
  EXPECT_EQ(refusal(), "-iL: cannot read '" + (folder / "none").string() + "': No such file or directory");
  options.input_list = folder;
  EXPECT_EQ(refusal(), "-iL: cannot read '" + folder.string() + "': Is a directory");
  options.input_list.reset();
  options.targets_from = folder / "none";
  EXPECT_EQ(refusal(), "--targets-from: " + (folder / "none").string() + ": No such file or directory");
}

TEST_F(TargetFeed, TargetsAreExcludedByAddressNameAndFile) {
  network.name("spared", {at("10.0.0.2"), at("fd00::1")}, 1s);
  options.exclude = {"spared", "10.0.0.5-6"};
  options.exclude_file = file("spared", "# these\n10.0.0.0/31 fd00::/64\n");
  options.targets = {"10.0.0.0/29"};
  open();
  EXPECT_EQ(at_hand(), (List{"10.0.0.3", "10.0.0.4", "10.0.0.7"}));
}

TEST_F(TargetFeed, InvalidExclusionIsRefused) {
  options.targets = {"10.0.0.1"};
  options.exclude = {"nowhere"};
  EXPECT_EQ(refusal(), "--exclude: 'nowhere' does not resolve (Name or service not known)");
  options.exclude = {"10.0.0.999"};
  EXPECT_EQ(refusal(), "--exclude: '10.0.0.999' is not an address, a range of addresses or a host name");
  options.exclude.clear();
  const std::string path = file("spared", "10.0.0.1\n\nnowhere\n");
  options.exclude_file = path;
  EXPECT_EQ(refusal(), path + ", line 3: 'nowhere' does not resolve (Name or service not known)");
  options.exclude_file = folder / "none";
  EXPECT_EQ(refusal(), "--excludefile: cannot read '" + (folder / "none").string() + "': No such file or directory");
}

TEST_F(TargetFeed, LargeExclusionIsSkippedInSeveralCalls) {
  options.targets = {"10.0.0.0/8"};
  options.exclude = {"10.0.0.0/9"};
  open();
  EXPECT_FALSE(feed->next());
  EXPECT_TRUE(feed->ready());
  std::optional<Target> target;
  while (feed->ready() && !target) target = feed->next();
  ASSERT_TRUE(target);
  EXPECT_EQ(show(*target), "10.128.0.0");
}

TEST_F(TargetFeed, AddedTargetsFollowOthersAndInvalidOnesAreNotCounted) {
  options.targets = {"10.0.0.1-2"};
  options.exclude = {"10.0.0.4"};
  open();
  ASSERT_TRUE(feed->next());
  feed->add({"10.0.0.3-5", "nonsense^", "::1"});
  EXPECT_EQ(at_hand(), (List{"10.0.0.2", "10.0.0.3", "10.0.0.5"}));
  EXPECT_TRUE(feed->ended());
  feed->add({"10.0.0.6"});
  EXPECT_FALSE(feed->ended());
  EXPECT_EQ(at_hand(), List{"10.0.0.6"});
}

TEST_F(TargetFeed, KnownPortsOfHostAreMergedInOrderWithoutRepetition) {
  options.targets_from = file("known",
                              "10.0.0.1:443,https\n10.0.0.2:80\n10.0.0.1:80\n10.0.0.1:53/udp\n10.0.0.1:80,http\n"
                              "[::1]:443\n");
  open();
  EXPECT_EQ(at_hand(), (List{"10.0.0.1 80/tcp:http 443/tcp:https 53/udp", "10.0.0.2 80/tcp", "::1 443/tcp"}));
  EXPECT_TRUE(feed->ended());
}

TEST_F(TargetFeed, OneAddressUnderTwoNamesIsTwoHosts) {
  options.targets_from = file("known", "10.0.0.1:443,,a\n10.0.0.1:443,,b\n10.0.0.1:80,,a\n10.0.0.1:22\n");
  open();
  EXPECT_EQ(at_hand(), (List{"10.0.0.1=a 80/tcp 443/tcp", "10.0.0.1=b 443/tcp", "10.0.0.1 22/tcp"}));
}

TEST_F(TargetFeed, KnownPortsOfNameApplyToResolvedAddress) {
  network.name("both", {at("fd00::1"), at("10.0.0.1")}, 1s);
  network.name("six", {at("fd00::2")});
  options.targets_from = file("known", "both:80\nsix:80\nboth:443\nnowhere:1\n");
  options.exclude = {"10.0.0.9"};
  open();
  EXPECT_EQ(at_hand(), List{"fd00::2=six 80/tcp"});
  pass(1s);
  EXPECT_EQ(at_hand(), List{"10.0.0.1=both+fd00::1 80/tcp 443/tcp"});
  EXPECT_EQ(skipped, List{"nowhere | Failed to resolve \"nowhere\"."});
}

TEST_F(TargetFeed, InvalidLineIsSkippedWithLineNumber) {
  const std::string path = file("known", "# masscan\n10.0.0.1:80\r\n10.0.0.1\n\n10.0.0.2:0\n10.0.0.3:80");
  options.targets_from = path;
  options.exclude = {"10.0.0.1"};
  open();
  EXPECT_EQ(at_hand(), List{"10.0.0.3 80/tcp"});
  EXPECT_EQ(skipped, (List{"10.0.0.1 | " + path + ", line 3: '10.0.0.1' has no port (address:port is needed)",
                           "10.0.0.2:0 | " + path + ", line 5: '0' is not a port between 1 and 65535"}));
}

TEST_F(TargetFeed, LineLongerThan1MiBIsSkipped) {
  const std::string path = file("known", std::string(3 << 20, 'x') + "\n10.0.0.1:80\n" + std::string(2 << 20, 'y'));
  options.targets_from = path;
  open();
  EXPECT_EQ(at_hand(), List{"10.0.0.1 80/tcp"});
  EXPECT_TRUE(feed->ended());
  EXPECT_EQ(skipped,
            (List{" | " + path + ", line 1: is longer than 1 MiB", " | " + path + ", line 3: is longer than 1 MiB"}));
}

TEST_F(TargetFeed, HostsOfXmlReportAreTargetsWithKnownPorts) {
  const std::string path =
      file("report.xml",
           "<?xml version=\"1.0\"?>\n<nmaprun>\n<host><address addr=\"10.0.0.1\" addrtype=\"ipv4\"/>"
           "<hostnames><hostname name=\"a\" type=\"user\"/></hostnames><ports>"
           "<port protocol=\"tcp\" portid=\"80\"><state state=\"open\"/></port>"
           "<port protocol=\"tcp\" portid=\"22\"><state state=\"open\"/><service name=\"ssh\"/>"
           "</port></ports></host>\n<host><address addr=\"10.0.0.9\"/><ports>\n");
  options.targets_from = path;
  open();
  EXPECT_EQ(at_hand(), List{"10.0.0.1=a 22/tcp:ssh 80/tcp"});
  EXPECT_TRUE(feed->ended());
  EXPECT_EQ(skipped, List{" | " + path +
                          ", line 5: the report is incomplete, as after an interrupted scan; "
                          "its complete hosts are used"});
}

TEST_F(TargetFeed, XmlReportMayFollowLinesAndBlanks) {
  constexpr const char* kReport =
      "<nmaprun><host><address addr=\"10.0.0.1\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" portid=\"80\">"
      "<state state=\"open\"/></port></ports></host>\n</oops>\n";
  const std::string path = file("known", std::string("\n10.0.0.2:22\n\n  ") + kReport);
  options.targets_from = path;
  open();
  EXPECT_EQ(at_hand(), (List{"10.0.0.2 22/tcp", "10.0.0.1 80/tcp"}));
  EXPECT_EQ(skipped, List{" | " + path +
                          ", line 5: this is not well-formed XML: mismatched tag; reading continues at the next host"});
  skipped.clear();
  std::string wide = "\xFF\xFE";
  for (const char c :
       std::string("<nmaprun><host><address addr=\"10.0.0.3\"/><ports><port protocol=\"tcp\" portid=\"1\">"
                   "<state state=\"open\"/></port></ports></host></nmaprun>\r\n"))
    (wide += c) += '\0';
  options.targets_from = file("wide", wide);
  open();
  EXPECT_EQ(at_hand(), List{"10.0.0.3 1/tcp"});
  EXPECT_EQ(skipped, List{});
}

TEST_F(TargetFeed, EntryWithDetectedServiceTakesPrecedence) {
  constexpr const char* kWhere =
      "<nmaprun><host><address addr=\"10.0.0.1\"/><ports><port protocol=\"tcp\" portid=\"80\">"
      "<state state=\"open\"/>";
  constexpr const char* kEnd = "</port></ports></host></nmaprun>\n";
  options.targets_from = file("known", std::string(kWhere) + "<service name=\"http\"/>" + kEnd + kWhere +
                                           "<service name=\"https\" method=\"probed\" product=\"p\"/>" + kEnd);
  open();
  EXPECT_EQ(at_hand(), List{"10.0.0.1 80/tcp:https"});
}

TEST_F(TargetFeed, InputWithInvalidLinesAndNoPortIsUnusable) {
  const auto unusable = [this](const std::string& text) {
    options.targets_from = file("known", text);
    open();
    at_hand();
    return feed->unusable();
  };
  EXPECT_TRUE(unusable("10.0.0.1\n"));
  EXPECT_TRUE(unusable("# x\n<?xml version=\"1.0\"?>\n<html></html>\n"));
  EXPECT_FALSE(unusable("10.0.0.1\n10.0.0.1:80\n"));
  EXPECT_FALSE(unusable(""));
  EXPECT_FALSE(unusable("# masscan\n[\n]\nsaddr,sport\nclosed tcp 81 10.0.0.1 1\n<nmaprun></nmaprun>\n"));
}

TEST_F(TargetFeed, ListsMayHaveAnyEncoding) {
  const auto wide = [](std::string_view text) {
    std::string bytes = "\xFE\xFF";
    for (const char c : text) (bytes += '\0') += c;
    return bytes;
  };
  options.input_list =
      file("list", "\xEF\xBB\xBF" + std::string("10.0.0.1\r\n10.0.0.2 # x\r10.0.0.3\n") + wide("10.0.0.4\r\n"));
  options.exclude_file = file("spared", wide("10.0.0.2\r\n"));
  open();
  EXPECT_EQ(at_hand(), (List{"10.0.0.1", "10.0.0.3", "10.0.0.4"}));
}

TEST_F(TargetFeed, ByteOrderMarkIsIgnored) {
  options.targets_from = file("known",
                              "\xEF\xBB\xBF"
                              "10.0.0.1:80\n");
  open();
  EXPECT_EQ(at_hand(), List{"10.0.0.1 80/tcp"});
  EXPECT_TRUE(skipped.empty());
}

TEST_F(TargetFeed, NamesAreResolvedWithNativeNetwork) {
  const SystemClock real;
  net::NativeNetwork system(loop, deadlines, real);
  options.exclude = {"localhost"};
  options.targets = {"127.0.0.1-2", "localhost"};
  auto opened = engine::TargetFeed::open(
      options, {.resolver = system, .wait = [this] { loop.wait(kNever); }, .wake = [this] { loop.wake(); }});
  ASSERT_TRUE(opened) << opened.error().message;
  feed = std::move(*opened);
  List given;
  const TimePoint limit = real.now() + 10s;
  while (!feed->ended() && real.now() < limit) {
    if (const auto target = feed->next())
      given.push_back(show(*target));
    else if (!feed->ready() && !feed->ended())
      loop.wait(limit);
  }
  EXPECT_EQ(given, List{"127.0.0.2"});
  feed.reset();
}

/// The division of the targets into parts (--shard).
struct TargetParts : TargetFeed {
  /// Returns the targets of all parts together.
  List all_parts(unsigned count) {
    List all;
    for (unsigned number = 1; number <= count; ++number) {
      const List part = part_of({number, count});
      all.insert(all.end(), part.begin(), part.end());
    }
    return sorted(std::move(all));
  }
  List part_of(Options::Part part) {
    options.shard = part;
    open();
    List targets;
    for (int second = 0; second < 20; ++second) {
      const List now = at_hand();
      targets.insert(targets.end(), now.begin(), now.end());
      pass(1s);
    }
    EXPECT_TRUE(feed->ended());
    return targets;
  }
  static List sorted(List list) {
    std::sort(list.begin(), list.end());
    return list;
  }
  /// Returns a random target in 10.0.0.0/22, or a name of add_names().
  static std::string random_target(std::mt19937& random) {
    const auto octet = [&] { return std::to_string(random() % 256); };
    const std::string start = "10.0." + std::to_string(random() % 4) + '.';
    switch (random() % 6) {
      case 0:
        return start + octet();
      case 1:
        return start + "0-" + octet();
      case 2:
        return start + octet() + '/' + std::to_string(22 + random() % 11);
      case 3:
        return "n" + std::to_string(random() % 20) + ".example";
      case 4:
        return "N" + std::to_string(random() % 20) + ".example/" + std::to_string(26 + random() % 7);
      default:
        return "10.0.0-3." + octet() + ',' + octet();
    }
  }
  /// Adds n0.example to n15.example.
  void add_names(std::mt19937& random) {
    for (int number = 0; number < 16; ++number) {
      std::vector<Address> addresses;
      for (std::size_t left = 1 + random() % 3; left > 0; --left)
        addresses.push_back(Address::v4(0x0a000000u + static_cast<std::uint32_t>(random() % 1024)));
      for (const char* letter : {"n", "N"})
        network.name(letter + std::to_string(number) + ".example", addresses,
                     std::chrono::milliseconds(random() % 2000));
    }
  }
};

TEST_F(TargetParts, EachTargetIsInExactlyOnePart) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    add_names(random);
    const unsigned count = 2 + static_cast<unsigned>(random() % 9);
    options.targets.clear();
    options.exclude.clear();
    for (std::size_t left = random() % 8; left > 0; --left) options.targets.push_back(random_target(random));
    for (std::size_t left = random() % 3; left > 0; --left)
      options.exclude.push_back("10.0.0-3." + std::to_string(left));
    std::string list, known;
    for (std::size_t left = random() % 30; left > 0; --left) list += random_target(random) + '\n';
    for (std::size_t left = random() % 30; left > 0; --left)
      known += "10.0.0." + std::to_string(random() % 8) + ":8" + std::to_string(left) + "/tcp,http,n" +
               std::to_string(random() % 3) + ".example\nn" + std::to_string(random() % 20) + ".example:90\n";
    options.input_list = file("list", list);
    options.targets_from = file("known", known);
    options.resolve_all = random() % 2 == 0;
    options.shuffle_targets = random() % 3 == 0;
    skipped.clear();
    const List whole = sorted(part_of({1, 1})), skipped_of_whole = sorted(std::exchange(skipped, {}));
    EXPECT_EQ(all_parts(count), whole) << "seed " << seed;
    EXPECT_EQ(sorted(skipped), skipped_of_whole) << "seed " << seed;
  }
}

TEST_F(TargetParts, UniqueAddressesAreInExactlyOnePart) {
  options.unique_targets = true;
  options.targets = {"10.0.0.2", "10.0.0.2", "10.0.0.0/24", "10.0.0.1-40", "10.0.0-1.3", "10.0.0.4"};
  const List whole = sorted(part_of({1, 1}));
  EXPECT_EQ(whole.size(), 257u);
  EXPECT_EQ(all_parts(5), whole);
}

TEST_F(TargetParts, AddressIsInThePartOfItsHash) {
  options.targets = {"192.0.2.1-2"};
  EXPECT_EQ(part_of({3, 8}), List{"192.0.2.1"});
  EXPECT_EQ(part_of({4, 8}), List{"192.0.2.2"});
  EXPECT_EQ(part_of({5, 8}), List{});
}

TEST_F(TargetParts, NameDecidesForAllItsAddresses) {
  network.name("host.example", {at("192.0.2.1"), at("192.0.2.2")});
  network.name("HOST.example", {at("192.0.2.1"), at("192.0.2.2")});
  options.resolve_all = true;
  options.targets = {"host.example/31", "HOST.example"};
  EXPECT_EQ(part_of({4, 8}), (List{"192.0.2.0", "192.0.2.1=host.example", "192.0.2.2=host.example", "192.0.2.3",
                                   "192.0.2.1=HOST.example", "192.0.2.2=HOST.example"}));
}

TEST_F(TargetParts, NameOfAnotherPartIsNotLookedUp) {
  options.targets = {"host.example"};
  EXPECT_EQ(part_of({5, 8}), List{});
  EXPECT_TRUE(network.lookups().empty());
  EXPECT_TRUE(skipped.empty());
  EXPECT_TRUE(feed->has_other_parts());
}

TEST_F(TargetParts, TargetsOfScriptsAreInEveryPart) {
  network.name("host.example", {at("192.0.2.1")});
  options.shard = {5, 8};
  open();
  feed->add({"192.0.2.0/30", "host.example"});
  EXPECT_EQ(feed->remaining(), 5);
  EXPECT_EQ(at_hand(), (List{"192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.1=host.example"}));
  EXPECT_FALSE(feed->has_other_parts());
}

TEST_F(TargetParts, TargetsOfQueueAreFiltered) {
  const auto queue = options.target_queue = std::make_shared<TargetQueue>();
  options.shard = {3, 8};
  open();
  for (const char* target : {"192.0.2.1", "host.example", "192.0.2.2"}) EXPECT_TRUE(queue->try_push(target));
  queue->close();
  EXPECT_EQ(at_hand(), List{"192.0.2.1"});
  EXPECT_TRUE(feed->ended());
}

TEST_F(TargetParts, RemainingCountsTargetsThatMayBeInOtherPartsInProportion) {
  options.targets = {"10.0.0.0/24", "10.0.1.0/24"};
  options.shard = {1, 4};
  open();
  EXPECT_EQ(feed->remaining(), 128);
  feed->add({"10.0.2.0/24"});
  EXPECT_EQ(feed->remaining(), 128 + 256);
  at_hand();
  EXPECT_EQ(feed->remaining(), 0);
}

TEST_F(TargetParts, AddressesThatAreLeftOutAreLimitedPerTurn) {
  constexpr std::uint64_t kLimit = 4096;
  options.targets = {"10.0.0.0/8"};
  for (const bool shuffle : {false, true})
    for (const unsigned count : {2u, 300u, 4096u, 65535u}) {
      options.shuffle_targets = shuffle;
      options.shard = {1, count};
      open();
      std::uint64_t before = 0;
      for (int turn = 0; turn < 20; ++turn) {
        std::uint64_t returned = 0;
        while (returned < 1024 && feed->next()) ++returned;
        const std::uint64_t now = feed->floor().address;
        EXPECT_LE(now - before, kLimit + (shuffle ? 16384 : 0) + returned + 1) << count << " parts";
        before = now;
        EXPECT_TRUE(feed->ready());
      }
    }
}

TEST_F(TargetParts, ShuffledTargetIsDrawnFrom16384TargetsOfThePart) {
  options.targets = {"10.0.0.0/16"};
  options.shuffle_targets = true;
  options.shard = {1, 300};
  open();
  EXPECT_FALSE(feed->next()) << "the first target is drawn before others could be";
  const List drawn = at_hand();
  EXPECT_NE(drawn, sorted(drawn));
  EXPECT_GT(drawn.size(), 150u);
}

struct PipedFeed : TargetFeed {
  PipedFeed() {
    const std::string path = folder / "fifo";
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    options.targets_from = path;
    open();
    feed->next();
    writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  }
  ~PipedFeed() override { hang_up(); }
  void write(std::string_view text) {
    ASSERT_EQ(::write(writer, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    turn();
  }
  void hang_up() {
    if (writer >= 0) close(std::exchange(writer, -1));
  }
  void turn() {
    const TimePoint limit = std::chrono::steady_clock::now() + 10s;
    while (!feed->ready() && std::chrono::steady_clock::now() < limit) loop.wait(limit);
    ASSERT_TRUE(feed->ready());
  }
  int writer = -1;
};

TEST_F(PipedFeed, RemainingIsUnknownBeforeEof) {
  EXPECT_EQ(feed->remaining(), std::nullopt);
  hang_up();
  turn();
  EXPECT_TRUE(at_hand().empty());
  EXPECT_EQ(feed->remaining(), 0);
}

TEST_F(PipedFeed, HostsAreReturnedBeforeEof) {
  EXPECT_FALSE(feed->ready());
  write("10.0.0.1:80\n10.0.0.1:81\n10.0.0.2:");
  EXPECT_EQ(at_hand(), List{"10.0.0.1 80/tcp 81/tcp"});
  EXPECT_FALSE(feed->ended());
  write("80\n10.0.0.1:82\n");
  EXPECT_EQ(at_hand(), (List{"10.0.0.2 80/tcp", "10.0.0.1 82/tcp"}));
  hang_up();
  turn();
  EXPECT_EQ(at_hand(), List{});
  EXPECT_TRUE(feed->ended());
}

TEST_F(PipedFeed, AddedTargetsDoNotWaitForEof) {
  feed->add({"10.0.0.7"});
  EXPECT_TRUE(feed->ready());
  EXPECT_EQ(at_hand(), List{"10.0.0.7"});
  EXPECT_FALSE(feed->ended());
}

}  // namespace
}  // namespace sluice::engine
