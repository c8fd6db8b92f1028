// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <sluice/report.hpp>
#include <string>
#include <string_view>
#include <vector>

// Texts that several report formats share. Thread-safe.

namespace sluice::output {

/// Returns the whole seconds since 1970-01-01 00:00 UTC, for XML.
long long unix_seconds(WallTime time);
/// Formats local time. `format`: that of strftime.
std::string local_time(WallTime time, const char* format);
/// Returns local time as "Tue Nov 24 04:00:00 2026".
std::string ctime_text(WallTime time);
/// Returns UTC as "2026-11-24T04:00:00.000000Z".
std::string utc_text(WallTime time);
/// Returns seconds as "0.05".
std::string seconds_text(std::chrono::milliseconds elapsed);
/// Returns hours, minutes and seconds as "0:01:05".
std::string clock_text(std::chrono::milliseconds elapsed);

/// Returns a command line as one line. Arguments that are empty or have white space are in double quotes; '"' and '\'
/// in them are escaped.
std::string command_text(const std::vector<std::string>& arguments);
/// Returns "1 IP address (1 host up) scanned in 0.05 seconds".
std::string totals_text(const event::RunFinished& run);
/// Returns " against name (127.0.0.1:80)", without the parts that are unknown; "" for scripts without a host.
std::string against_text(const ScriptPlace& place);

/// Returns the version text of report files. It is in the first line of text and grepable reports, and in the attribute
/// "version" of XML. Only this text can name sluice. The texts around it must be Nmap's: readers of reports search for
/// "# Nmap ... scan initiated", and nmap.dtd allows only scanner="nmap".
std::string writer_version();
/// Returns "Nmap VERSION scan initiated CTIME as: COMMAND". The command is the one that was typed.
std::string initiated_text(const event::RunStarted& run, WallTime time);

/// The comment of text and grepable reports with the arguments of settings begins so.
inline constexpr std::string_view kSettings = "Settings in force: ";
/// Returns kSettings with the arguments that settings have added to the command line; "" if there are none.
std::string settings_text(const event::RunStarted& run);

/// True if more than its name and its confidence is known of a service.
bool has_details(const Service& service);
/// Returns the name of the service of a port: the detected one, otherwise that of the table of services. Without a name
/// returns "unknown" if something else is known, such as a TLS tunnel or a fingerprint, otherwise "".
std::string_view service_name(const PortReport& port);
/// Returns the name with the prefix "ssl/" for a TLS tunnel. With `detection` (WriterOptions), "?" follows if the port
/// is open and the name is only assumed.
std::string service_text(const PortReport& port, bool detection);
/// Returns "product version (extrainfo)", without the parts that are missing.
std::string version_text(const Service& service);
/// Returns a service fingerprint in lines of 74 characters. All lines but the first begin with "SF:". The last one has
/// no line feed.
std::string wrap_fingerprint(std::string_view fingerprint);

}  // namespace sluice::output
