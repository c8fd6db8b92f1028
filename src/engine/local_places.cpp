#include "engine/local_places.hpp"

#include <net/if.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sluice/report.hpp>

#include "net/posix_socket.hpp"

namespace sluice::engine {

namespace {

/// 0, or why no socket of this type can be bound there.
int bind_failure(int type, const Endpoint& local) {
  const net::Opened opened =
      net::open_socket(local.address.family(), {.type = type, .local = local, .connecting = false});
  if (opened.error == 0) ::close(opened.descriptor);
  return opened.error;
}

Result<void> check_source_port(const Options& options, Protocol protocol) {
  const Endpoint local{options.source.value_or(Address::any(options.family)), *options.source_port};
  const int failure = bind_failure(protocol == Protocol::Udp ? SOCK_DGRAM : SOCK_STREAM, local);
  if (failure == 0) return {};
  return Error{"-g: nothing can be sent from port " + std::to_string(local.port) + '/' +
               std::string(to_text(protocol)) + ": " + std::strerror(failure)};
}

}  // namespace

Result<void> check_local_places(const Options& options) {
  std::error_code failed;
  if (options.datadir && !std::filesystem::is_directory(*options.datadir, failed))
    return Error{"--datadir: '" + *options.datadir + "' is not a directory"};
  if (options.interface && if_nametoindex(options.interface->c_str()) == 0)
    return Error{"-e: '" + *options.interface + "' is not an interface of this machine"};
  if (options.source)
    if (const int failure = bind_failure(SOCK_DGRAM, {*options.source, 0}))
      return Error{"-S: nothing can be sent from " + options.source->text() + ": " + std::strerror(failure)};
  if (!options.source_port) return {};
  if (options.tcp_scan || options.discovery)
    if (Result<void> tcp = check_source_port(options, Protocol::Tcp); !tcp) return tcp;
  return options.udp_scan ? check_source_port(options, Protocol::Udp) : Result<void>{};
}

}  // namespace sluice::engine
