#include "engine/local_places.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sluice/quote.hpp>
#include <sluice/report.hpp>

#include "net/posix_socket.hpp"
#include "scan/port_scan.hpp"

namespace sluice::engine {

namespace {

/// 0, or why no socket of this type can be bound there, on the interface of -e if there is one.
int bind_failure(const Options& options, int type, const Endpoint& local) {
  net::Start start{.type = type, .local = local, .connecting = false};
  if (options.interface) start.device = *options.interface;
  const net::Opened opened = net::open_socket(local.address.family(), start);
  if (opened.error == 0) ::close(opened.descriptor);
  return opened.error;
}

std::string_view remedy(const Options& options, int error) {
  switch (error) {
    case EMFILE:
      return "raise ulimit -n, or lower --max-parallelism and --socket-slots";
    case ENFILE:
      return "raise fs.file-max, or lower --max-parallelism and --socket-slots";
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case EAGAIN:
      if (options.source_port) return "leave -g out, or give a port that nothing else uses";
      return "widen net.ipv4.ip_local_port_range, or lower --max-rate";
    default:
      return "lower --max-parallelism or --max-rate";
  }
}

Result<void> check_source_port(const Options& options, Protocol protocol) {
  const Endpoint local{options.source.value_or(Address::any(options.family)), *options.source_port};
  const int failure = bind_failure(options, protocol == Protocol::Udp ? SOCK_DGRAM : SOCK_STREAM, local);
  if (failure == 0) return {};
  return Error{"-g: nothing can be sent from port " + std::to_string(local.port) + '/' +
               std::string(to_text(protocol)) + ": " + std::strerror(failure)};
}

}  // namespace

Result<void> check_local_places(const Options& options) {
  std::error_code failed;
  if (options.datadir && !std::filesystem::is_directory(*options.datadir, failed))
    return Error{"--datadir: " + in_quotes(*options.datadir) + " is not a directory"};
  if (options.interface && if_nametoindex(options.interface->c_str()) == 0)
    return Error{"-e: " + in_quotes(*options.interface) + " is not an interface of this machine"};
  if (options.source)
    if (const int failure = bind_failure(options, SOCK_DGRAM, {*options.source, 0}))
      return Error{"-S: nothing can be sent from " + options.source->text() + ": " + std::strerror(failure)};
  return {};
}

std::string why_not_sent(const Options& options, int error) {
  return fmt::format(
      "no probe could be sent for {} s ({}), so ports or hosts are reported as unknown with the reason not-sent: {}",
      scan::PortScan::kPatience.count(), std::strerror(error), remedy(options, error));
}

Result<void> check_source_port(const Options& options, const ScanPlan& plan) {
  if (!options.source_port || options.list_only) return {};
  const bool discovers = options.discovery && !options.targets_from;
  if (discovers || !plan.tcp.empty())
    if (Result<void> tcp = check_source_port(options, Protocol::Tcp); !tcp) return tcp;
  return plan.udp.empty() ? Result<void>{} : check_source_port(options, Protocol::Udp);
}

}  // namespace sluice::engine
