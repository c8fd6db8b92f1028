// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

constexpr Word kTemplates[] = {
    {"0", "paranoid: one probe every 5 minutes"},
    {"1", "sneaky: one probe every 15 s"},
    {"2", "polite: one probe every 0.4 s"},
    {"3", "normal: the default"},
    {"4", "aggressive: for fast networks"},
    {"5", "insane: gives hosts and scripts up early"},
    {"paranoid", "level 0"},
    {"sneaky", "level 1"},
    {"polite", "level 2"},
    {"normal", "level 3"},
    {"aggressive", "level 4"},
    {"insane", "level 5"},
};
constexpr Word kWorkerCounts[] = {{"auto", "one per core"}};
constexpr Value kTemplate = one_of("LEVEL", kTemplates);

std::string built_in_workers(const CommandLine& line) {
  return line.options.workers == 0 ? "auto" : value_text(line.options.workers);
}

constexpr Option kTimingOptions[] = {
    {.name = "T",
     .value = kTemplate,
     .users = kRunAndExplain,
     .resumable = true,
     .apply = timing,
     .help = "timing template: 0 (paranoid) to 5 (insane)",
     .text = "0 to 5, or paranoid, sneaky, polite, normal, aggressive, insane",
     .built_in = shown<&Options::timing>},
    {.name = "timing", .value = kTemplate, .alias = true, .users = kRunAndExplain, .apply = timing},
    {.name = "max-retries",
     .value = kNumber,
     .resumable = true,
     .apply = number<&Options::max_retries>,
     .help = "limit of retransmissions of a probe (10)",
     .text = "number of retransmissions of a probe; 0 to 255; the default is 10, 6 with `-T4`, 2 with `-T5`",
     .built_in = shown<&Options::max_retries>},
    {.name = "initial-rtt-timeout",
     .value = kTime,
     .resumable = true,
     .apply = time<&Options::initial_rtt_timeout>,
     .help = "first timeout of a probe",
     .text = "timeout of a probe before a round trip is measured; more than 0; at most the maximum",
     .built_in = shown<&Options::initial_rtt_timeout>},
    {.name = "min-rtt-timeout",
     .value = kTime,
     .resumable = true,
     .apply = time<&Options::min_rtt_timeout>,
     .help = "lower bound of the timeout of a probe",
     .together = "bounds of the timeout of a probe",
     .text = "bounds of the timeout of a probe; more than 0; the minimum is at most the maximum",
     .built_in = shown<&Options::min_rtt_timeout>},
    {.name = "max-rtt-timeout",
     .value = kTime,
     .resumable = true,
     .apply = time<&Options::max_rtt_timeout>,
     .help = "upper bound of the timeout of a probe",
     .built_in = shown<&Options::max_rtt_timeout>},
    {.name = "host-timeout",
     .value = kTime,
     .resumable = true,
     .apply = time<&Options::host_timeout>,
     .help = "give a host up after this time",
     .text = "time after which a host is given up; 0 means none; `-T5` sets 15 minutes",
     .built_in = shown<&Options::host_timeout>},
    {.name = "scan-delay",
     .value = kTime,
     .resumable = true,
     .apply = time<&Options::scan_delay>,
     .help = "time between two probes to one host",
     .together = "time between two probes to one host; its limit",
     .text = "time between two probes to one host; limit of the delay that lost probes add",
     .built_in = shown<&Options::scan_delay>},
    {.name = "max-scan-delay",
     .value = kTime,
     .resumable = true,
     .apply = time<&Options::max_scan_delay>,
     .help = "limit of the delay that lost probes add",
     .built_in = shown<&Options::max_scan_delay>},
    {.name = "min-hostgroup",
     .value = kNumber,
     .resumable = true,
     .apply = number<&Options::min_hostgroup>,
     .help = "least number of hosts at the same time",
     .together = "bounds of the number of hosts at the same time",
     .text = "bounds of the number of hosts that are scanned at the same time"},
    {.name = "max-hostgroup",
     .value = kNumber,
     .resumable = true,
     .apply = number<&Options::max_hostgroup>,
     .help = "limit of hosts at the same time"},
    {.name = "min-parallelism",
     .value = kNumber,
     .resumable = true,
     .apply = number<&Options::min_parallelism>,
     .help = "least number of probes in flight to one host",
     .text = "least number of probes in flight to one host",
     .built_in = shown<&Options::min_parallelism>},
    {.name = "max-parallelism",
     .value = kNumber,
     .resumable = true,
     .apply = number<&Options::max_parallelism>,
     .help = "limit of probes in flight and of socket slots",
     .text = "limit of probes in flight, and number of socket slots (at least 10)",
     .built_in = shown<&Options::max_parallelism>},
    {.name = "M", .value = kNumber, .alias = true, .resumable = true, .apply = number<&Options::max_parallelism>},
    {.name = "socket-slots",
     .value = kNumber,
     .own = true,
     .resumable = true,
     .apply = number<&Options::socket_slots>,
     .help = "script threads that have connections at the same time",
     .text = "exact number of script threads that may have connections at the same time",
     .built_in = shown<&Options::socket_slots>},
    {.name = "host-slots",
     .value = kNumber,
     .own = true,
     .resumable = true,
     .apply = number<&Options::host_slots>,
     .help = "the same for one host",
     .text = "number of these for one host",
     .built_in = shown<&Options::host_slots>},
    {.name = "workers",
     .value = one_of("N", kWorkerCounts),
     .own = true,
     .resumable = true,
     .apply = workers,
     .help = "worker threads; auto: one per core (1)",
     .text = "number of worker threads that process hosts and run scripts; `auto` means one per core; the default is 1 "
             "([workers.md](workers.md))",
     .built_in = built_in_workers},
    {.name = "max-time",
     .value = kTime,
     .own = true,
     .resumable = true,
     .apply = time<&Options::max_time>,
     .help = "end the run after this time, with complete reports",
     .text =
         "time after which the run is ended in order; more than 0. See [End of the run](#end-of-the-run---max-time)."},
    {.name = "min-rate",
     .value = kNumber,
     .resumable = true,
     .apply = decimal<&Options::min_rate>,
     .help = "least number of probes per second over all hosts",
     .text =
         "least number of probes per second, in the units of `--max-rate`. Lost probes then add no delay, unless "
         "`--max-scan-delay` is given. More probes may be in flight: up to a quarter of the descriptors, or "
         "`--max-parallelism`. A port all of whose probes are lost is reported as not answering (`no-response`). If "
         "the rate was not reached, a warning at the end says so."},
    {.name = "max-rate",
     .value = kNumber,
     .resumable = true,
     .apply = decimal<&Options::max_rate>,
     .help = "limit of probes per second over all hosts",
     .text =
         "limit of probes per second over all hosts, for discovery, scans and the connections of version detection; "
         "0.001 to 1000000000. A probe that waits for an answer for more than a second counts once, although the "
         "kernel repeats its SYN. Connections of scripts are not limited. Because all hosts share the rate, use a "
         "small `--max-hostgroup` together with `--host-timeout`."},
};

}  // namespace

const OptionSection kTimingSection{"Timing and limits", "  Times: 30, 1.5s, 100ms, 5m, 2h\n", kTimingOptions};

}  // namespace sluice::arguments
