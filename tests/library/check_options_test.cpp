// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <limits>

#include "engine_fixture.hpp"

// What Engine::create checks about the values of options and their combinations, for every caller.

namespace sluice::engine {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

struct CheckOptions : EngineTest {
  using Set = std::function<void(Options&)>;

  /// "" or why an engine with these options is refused.
  std::string refusal(const Set& set) {
    options = defaults_;
    set(options);
    std::string why = create();
    EXPECT_EQ(why.find('\n'), std::string::npos) << why;
    return why;
  }

 private:
  Options defaults_ = [this] {
    Options made = options;
    made.ports.reset();
    return made;
  }();
};

template <auto Member, class Value>
CheckOptions::Set with(Value value) {
  return [value](Options& options) { options.*Member = value; };
}

TEST_F(CheckOptions, NumberOutOfRangeIsRefused) {
  EXPECT_EQ(refusal(with<&Options::top_ports>(0u)), "--top-ports: 0 is not between 1 and 65536");
  EXPECT_EQ(refusal(with<&Options::top_ports>(65537u)), "--top-ports: 65537 is not between 1 and 65536");
  EXPECT_EQ(refusal(with<&Options::ttl>(256)), "--ttl: 256 is not between 0 and 255");
  EXPECT_EQ(refusal(with<&Options::ttl>(-1)), "--ttl: -1 is not between 0 and 255");
  EXPECT_EQ(refusal(with<&Options::data_length>(1401u)), "--data-length: 1401 is not between 0 and 1400");
  EXPECT_EQ(refusal(with<&Options::timing>(6)), "-T: 6 is not between 0 and 5");
  EXPECT_EQ(refusal(with<&Options::timing>(-1)), "-T: -1 is not between 0 and 5");
  EXPECT_EQ(refusal(with<&Options::max_retries>(256u)), "--max-retries: 256 is not between 0 and 255");
  EXPECT_EQ(refusal(with<&Options::min_hostgroup>(0u)), "--min-hostgroup: 0 is not between 1 and 1000000000");
  EXPECT_EQ(refusal(with<&Options::max_hostgroup>(0u)), "--max-hostgroup: 0 is not between 1 and 1000000000");
  EXPECT_EQ(refusal(with<&Options::min_parallelism>(0u)), "--min-parallelism: 0 is not between 1 and 1000000000");
  EXPECT_EQ(refusal(with<&Options::max_parallelism>(0u)), "--max-parallelism: 0 is not between 1 and 1000000000");
  EXPECT_EQ(refusal(with<&Options::version_intensity>(10)), "--version-intensity: 10 is not between 0 and 9");
  EXPECT_EQ(refusal(with<&Options::version_connections>(0u)), "--version-connections: 0 is not between 1 and 64");
  EXPECT_EQ(refusal(with<&Options::version_connections>(65u)), "--version-connections: 65 is not between 1 and 64");
  EXPECT_EQ(refusal(with<&Options::socket_slots>(0u)), "--socket-slots: 0 is not between 1 and 1000000000");
  EXPECT_EQ(refusal(with<&Options::host_slots>(0u)), "--host-slots: 0 is not between 1 and 1000000000");
  EXPECT_EQ(refusal(with<&Options::workers>(1025u)), "--workers: 1025 is not between 0 and 1024");
  EXPECT_EQ(refusal(with<&Options::verbosity>(11)), "-v: 11 is not between 0 and 10");
  EXPECT_EQ(refusal(with<&Options::debugging>(-1)), "-d: -1 is not between 0 and 10");
}

TEST_F(CheckOptions, SizeOutOfRangeIsRefused) {
  EXPECT_EQ(refusal(with<&Options::receive_limit>(0u)),
            "--receive-limit: 0 is not between 1 and 1000000000000000 bytes");
  EXPECT_EQ(refusal(with<&Options::script_memory>(std::numeric_limits<std::size_t>::max())),
            "--script-memory: 18446744073709551615 is not between 0 and 1000000000000000 bytes");
  EXPECT_EQ(refusal(with<&Options::script_memory>(0u)), "");
}

TEST_F(CheckOptions, PartOutOfRangeIsRefused) {
  using Part = Options::Part;
  EXPECT_EQ(refusal(with<&Options::shard>(Part{0, 4})),
            "--shard 0/4: the part is not between 1 and 4; the first part is 1/4");
  EXPECT_EQ(refusal(with<&Options::shard>(Part{5, 4})),
            "--shard 5/4: the part is not between 1 and 4; the first part is 1/4");
  EXPECT_EQ(refusal(with<&Options::shard>(Part{1, 0})), "--shard 1/0: the number of parts is not between 1 and 65535");
  EXPECT_EQ(refusal(with<&Options::shard>(Part{1, 65536})),
            "--shard 1/65536: the number of parts is not between 1 and 65535");
  EXPECT_EQ(refusal(with<&Options::shard>(Part{65535, 65535})), "");
}

TEST_F(CheckOptions, RateOutOfRangeIsRefused) {
  for (const double bad : {0.0, -1.0, 0.0001, 1e12, std::numeric_limits<double>::infinity(), std::nan("")}) {
    EXPECT_THAT(refusal(with<&Options::max_rate>(bad)),
                HasSubstr("is not between 0.001 and 1000000000 probes per second"));
    EXPECT_THAT(refusal(with<&Options::min_rate>(bad)), StartsWith("--min-rate: "));
  }
  for (const double bad : {1.0, -0.5, std::nan("")})
    EXPECT_THAT(refusal(with<&Options::port_ratio>(bad)), HasSubstr("is not a number of at least 0 and below 1"));
  EXPECT_EQ(refusal(with<&Options::max_rate>(0.5)), "");
}

TEST_F(CheckOptions, NegativeOrHugeTimeIsRefused) {
  std::optional<Options::Milliseconds> Options::*const times[] = {
      &Options::initial_rtt_timeout, &Options::min_rtt_timeout, &Options::max_rtt_timeout, &Options::host_timeout,
      &Options::scan_delay,          &Options::max_scan_delay,  &Options::script_timeout,  &Options::version_patience,
      &Options::stats_every,         &Options::watched_after,   &Options::max_time};
  for (const auto time : times)
    for (const auto bad : {-1ms, Options::Milliseconds::max()})
      EXPECT_THAT(refusal([=](Options& all) { all.*time = bad; }),
                  HasSubstr(" ms is not between 0 and 1000000000000 ms"));
  for (const auto time : {&Options::script_burst, &Options::script_slice, &Options::progress_every})
    EXPECT_THAT(refusal([=](Options& all) { all.*time = -1ms; }), HasSubstr("-1 ms is not between 0 and"));
}

TEST_F(CheckOptions, ZeroIsRefusedWhereTimeMustBePositive) {
  EXPECT_EQ(refusal(with<&Options::stats_every>(0ms)), "--stats-every: must be more than 0");
  EXPECT_EQ(refusal(with<&Options::max_time>(0ms)), "--max-time: must be more than 0");
  EXPECT_EQ(refusal(with<&Options::initial_rtt_timeout>(0ms)), "--initial-rtt-timeout: must be more than 0");
  EXPECT_EQ(refusal(with<&Options::min_rtt_timeout>(0ms)), "--min-rtt-timeout: must be more than 0");
  EXPECT_EQ(refusal(with<&Options::max_rtt_timeout>(0ms)), "--max-rtt-timeout: must be more than 0");
  EXPECT_EQ(refusal(with<&Options::progress_every>(0ms)), "Options::progress_every: must be more than 0");
  EXPECT_EQ(refusal(with<&Options::host_timeout>(0ms)), "");
}

TEST_F(CheckOptions, EmptyTextIsRefused) {
  EXPECT_EQ(refusal(with<&Options::input_list>("")), "-iL: the value is empty");
  EXPECT_EQ(refusal(with<&Options::targets_from>("")), "--targets-from: the value is empty");
  EXPECT_EQ(refusal(with<&Options::exclude_file>("")), "--excludefile: the value is empty");
  EXPECT_EQ(refusal(with<&Options::ports>("")), "-p: the value is empty");
  EXPECT_EQ(refusal(with<&Options::exclude_ports>("")), "--exclude-ports: the value is empty");
  EXPECT_EQ(refusal(with<&Options::interface>("")), "-e: the value is empty");
  EXPECT_EQ(refusal(with<&Options::script_args_file>("")), "--script-args-file: the value is empty");
  EXPECT_EQ(refusal(with<&Options::datadir>("")), "--datadir: the value is empty");
  EXPECT_EQ(refusal(with<&Options::services_file>("")), "--servicedb: the value is empty");
  EXPECT_EQ(refusal(with<&Options::version_file>("")), "--versiondb: the value is empty");
  EXPECT_EQ(refusal(with<&Options::script_rules>(std::vector<std::string>{"a", ""})), "--script: the value is empty");
  EXPECT_EQ(refusal(with<&Options::script_help>(std::vector<std::string>{""})), "--script-help: the value is empty");
  EXPECT_EQ(refusal(with<&Options::script_args>("")), "");
}

TEST_F(CheckOptions, InvalidDnsServerIsRefused) {
  const auto servers = [](std::string text) {
    return with<&Options::dns_servers>(
        std::vector<std::string>{"9.9.9.9", "[::1]:53", "127.0.0.1:5353", std::move(text)});
  };
  EXPECT_EQ(refusal(servers("::1")), "");
  EXPECT_EQ(refusal(servers("x:53")), "--dns-servers: 'x:53' is not the address of a DNS server");
}

TEST_F(CheckOptions, FastAndPortsExcludeEachOther) {
  EXPECT_THAT(refusal([](Options& all) { all.fast = true, all.ports = "1"; }),
              StartsWith("-F and -p exclude each other"));
  EXPECT_EQ(refusal([](Options& all) {
              all.fast = true, all.ports = "1", all.services_file = "/usr/share/nmap/nmap-services";
            }),
            "")
      << "--servicedb implies -F";
}

TEST_F(CheckOptions, PortOptionsAreRefusedWithoutPortScan) {
  const char* const kNoPorts = " scans no ports: it excludes -p, -F, --top-ports and --port-ratio";
  const char* const kNoScans = " scans no ports: it excludes -sT, -sS and -sU";
  const auto without_ports = [this](const Set& more) {
    return refusal([&](Options& all) { all.port_scan = false, more(all); });
  };
  const auto listing = [&](const Set& more) {
    return without_ports([&](Options& all) { all.list_only = true, more(all); });
  };
  EXPECT_EQ(without_ports(with<&Options::ports>("1")), "-sn" + std::string(kNoPorts));
  EXPECT_EQ(without_ports(with<&Options::fast>(true)), "-sn" + std::string(kNoPorts));
  EXPECT_EQ(without_ports(with<&Options::top_ports>(1u)), "-sn" + std::string(kNoPorts));
  EXPECT_EQ(without_ports(with<&Options::port_ratio>(0.1)), "-sn" + std::string(kNoPorts));
  EXPECT_EQ(without_ports(with<&Options::udp_scan>(true)), "-sn" + std::string(kNoScans));
  EXPECT_EQ(without_ports(with<&Options::exclude_ports>("80")), "");
  EXPECT_EQ(listing(with<&Options::udp_scan>(true)), "-sL" + std::string(kNoScans));
  EXPECT_EQ(listing(with<&Options::ports>("1")), "-sL" + std::string(kNoPorts));
  for (const auto member : {&Options::exclude_ports, &Options::syn_pings, &Options::ack_pings, &Options::udp_pings})
    EXPECT_EQ(listing([=](Options& all) { all.*member = "80"; }),
              "-sL probes no ports: it excludes --exclude-ports, -PS, -PA and -PU");
}

TEST_F(CheckOptions, TargetAndPortOptionsAreRefusedWithTargetsFrom) {
  write("known", "127.0.0.1:1\n");
  const auto known = [this](const Set& more) {
    return refusal([&](Options& all) {
      all.targets.clear();
      all.targets_from = (directory / "known").string();
      more(all);
    });
  };
  EXPECT_EQ(known([](Options&) {}), "");
  EXPECT_EQ(known([](Options& all) { all.versions = all.scripts = true, all.script_rules = {"default"}; }), "");
  for (const Set& set :
       {with<&Options::targets>(std::vector<std::string>{"127.0.0.1"}), with<&Options::input_list>("f")})
    EXPECT_EQ(known(set), "--targets-from names the targets: it excludes -iL and targets on the command line");
  for (const Set& set :
       {with<&Options::ports>("1"), with<&Options::exclude_ports>("1"), with<&Options::fast>(true),
        with<&Options::top_ports>(1u), with<&Options::port_ratio>(0.5), with<&Options::syn_pings>(""),
        with<&Options::ack_pings>(""), with<&Options::udp_pings>(""), with<&Options::echo_pings>(true),
        with<&Options::timestamp_pings>(true), with<&Options::arp_pings_asked>(true), with<&Options::udp_scan>(true),
        with<&Options::tcp_scan>(false), with<&Options::port_scan>(false), with<&Options::list_only>(true)})
    EXPECT_THAT(known(set), StartsWith("--targets-from names the ports, and nothing is scanned: it excludes -s"));
}

TEST_F(CheckOptions, SourceOfOtherFamilyIsRefused) {
  EXPECT_EQ(refusal(with<&Options::source>(Address::parse("::1"))), "-S ::1: is not an IPv4 address; add -6");
  EXPECT_EQ(refusal([](Options& all) { all.family = Family::Inet6, all.source = Address::parse("127.0.0.1"); }),
            "-S 127.0.0.1: is not an IPv6 address; leave -6 out");
}

TEST_F(CheckOptions, MinimumAboveMaximumIsRefused) {
  EXPECT_EQ(refusal([](Options& all) { all.min_hostgroup = 5, all.max_hostgroup = 3; }),
            "--min-hostgroup 5: is more than --max-hostgroup 3");
  EXPECT_EQ(refusal([](Options& all) { all.min_parallelism = 5, all.max_parallelism = 3; }),
            "--min-parallelism 5: is more than --max-parallelism 3");
  EXPECT_EQ(refusal([](Options& all) { all.min_rate = 20, all.max_rate = 10; }),
            "--min-rate 20: is more than --max-rate 10");
  EXPECT_EQ(refusal([](Options& all) { all.min_rtt_timeout = 2ms, all.max_rtt_timeout = 1ms; }),
            "--min-rtt-timeout 2 ms: is more than --max-rtt-timeout 1 ms");
  EXPECT_EQ(refusal([](Options& all) { all.initial_rtt_timeout = 2ms, all.max_rtt_timeout = 1ms; }),
            "--initial-rtt-timeout 2 ms: is more than --max-rtt-timeout 1 ms");
  EXPECT_EQ(refusal([](Options& all) { all.scan_delay = 2ms, all.max_scan_delay = 1ms; }),
            "--scan-delay 2 ms: is more than --max-scan-delay 1 ms");
  EXPECT_EQ(refusal([](Options& all) { all.min_hostgroup = all.max_hostgroup = 3; }), "");
}

TEST_F(CheckOptions, ExactPatienceExcludesConnectionsAndTime) {
  EXPECT_EQ(refusal([](Options& all) { all.version_exact = true, all.version_connections = 2; }),
            "--version-patience exact makes one connection to a port at a time: it excludes --version-connections");
  EXPECT_EQ(refusal([](Options& all) { all.version_exact = true, all.version_patience = 1s; }),
            "--version-patience is exact or a time, not both");
  EXPECT_EQ(refusal([](Options& all) { all.version_exact = true, all.version_connections = 1; }), "");
}

}  // namespace
}  // namespace sluice::engine
