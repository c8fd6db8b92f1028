// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/platform.hpp>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/cpu_timer.hpp"
#include "core/deadlines.hpp"
#include "model/data_files.hpp"
#include "net/event_loop.hpp"
#include "net/input_stream.hpp"
#include "net/network.hpp"
#include "net/pinger.hpp"

namespace sluice::engine {

class Driver;

/// Limits of the system for a run.
struct SystemLimits {
  std::size_t descriptors = 0;  ///< that the process may have open
  std::size_t memory = 0;       ///< bytes; 0 if unknown
  std::size_t cores = 1;
};

/// The interface of a run to the system. Engine, scripts and scans use the system only through this object and the
/// objects that it creates; only files are read directly. Must outlive the run. Thread-safe. The objects that it
/// creates belong to one shard and are not thread-safe.
class PlatformPort : public Platform {
 public:
  [[nodiscard]] virtual const Clock& clock() const noexcept = 0;
  /// Returns 64 random bits.
  [[nodiscard]] virtual std::uint64_t random_seed() = 0;
  [[nodiscard]] virtual SystemLimits limits() = 0;
  /// Returns the places of data files that the process determines. The members for options are empty.
  [[nodiscard]] virtual model::DataPlaces data_places() const = 0;

  // Rights of the process, and networks of the machine.

  /// True if the process may send and capture raw packets. `said`: true for --privileged, false for --unprivileged,
  /// empty without both.
  [[nodiscard]] virtual bool privileged(std::optional<bool> said) const = 0;
  /// Returns the pings that the process may send. `raw`: result of privileged().
  [[nodiscard]] virtual net::PingRights ping_rights(Family family, bool raw) const = 0;
  [[nodiscard]] virtual std::vector<net::Interface> interfaces() const = 0;
  /// Returns the route of packets to `to`; nothing if there is none. `device`: the interface that they must use; "" for
  /// any.
  [[nodiscard]] virtual std::optional<net::Route> route(const Address& to, const std::string& device) const = 0;
  /// Returns the name servers that the system is configured to use.
  [[nodiscard]] virtual std::vector<Address> name_servers() const = 0;
  /// Returns 0 if a socket of this protocol can be bound to `local`, otherwise the errno. `device`: as for route().
  [[nodiscard]] virtual int bind_failure(Protocol protocol, const Endpoint& local, const std::string& device) const = 0;

  // Objects for one shard. `loop` and `deadlines` must outlive the objects that are created with them.

  /// Throws std::system_error if the system refuses the descriptors of an event loop.
  [[nodiscard]] virtual std::unique_ptr<net::EventLoop> make_event_loop() = 0;
  [[nodiscard]] virtual std::unique_ptr<net::Network> make_network(net::EventLoop& loop, core::Deadlines& deadlines,
                                                                   net::NetworkOptions options) = 0;
  [[nodiscard]] virtual std::unique_ptr<net::Pinger> make_pinger(net::EventLoop& loop, core::Deadlines& deadlines,
                                                                 net::PingerOptions options) = 0;
  /// Opens an input. `path`: "-" is standard input. Errors: UnreadableFile; the message names the path.
  [[nodiscard]] virtual Result<std::unique_ptr<net::InputStream>> open_input(net::EventLoop& loop,
                                                                             const std::string& path) = 0;
  [[nodiscard]] virtual std::unique_ptr<core::CpuTimer> make_cpu_timer() = 0;

  /// Creates the driver of the shards of one run.
  [[nodiscard]] virtual std::unique_ptr<Driver> make_driver() = 0;
  /// True if the engine is to complete the reports and call end_process() when a script is stuck in a C function.
  /// False: the run waits until the function returns.
  [[nodiscard]] virtual bool ends_process_when_stuck() const noexcept = 0;
  /// Terminates the process, without unwinding.
  [[noreturn]] virtual void end_process() noexcept = 0;
};

}  // namespace sluice::engine
