#include "engine/local_places.hpp"

#include <net/if.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "net/posix_socket.hpp"

namespace sluice::engine {

Result<void> check_local_places(const Options& options) {
  std::error_code failed;
  if (options.datadir && !std::filesystem::is_directory(*options.datadir, failed))
    return Error{"--datadir: '" + *options.datadir + "' is not a directory"};
  if (options.interface && if_nametoindex(options.interface->c_str()) == 0)
    return Error{"-e: '" + *options.interface + "' is not an interface of this machine"};
  if (!options.source) return {};
  const net::Start start{.type = SOCK_DGRAM, .local = Endpoint{*options.source, 0}, .connecting = false};
  const net::Opened opened = net::open_socket(options.source->family(), start);
  if (opened.error != 0)
    return Error{"-S: nothing can be sent from " + options.source->text() + ": " + std::strerror(opened.error)};
  ::close(opened.descriptor);
  return {};
}

}  // namespace sluice::engine
