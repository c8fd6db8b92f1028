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

/// What the system lets a run have.
struct SystemLimits {
  std::size_t descriptors = 0;
  std::size_t memory = 0;  ///< bytes; 0 if unknown
  std::size_t cores = 1;
};

/// Everything that a run takes from outside of itself. Engine, scripts and scans reach the system only through this
/// object and through what it makes; the file system, which is read directly, is the exception. Outlives the run.
/// Thread-safe; what it makes belongs to one shard.
class PlatformPort : public Platform {
 public:
  [[nodiscard]] virtual const Clock& clock() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t random_seed() = 0;
  [[nodiscard]] virtual SystemLimits limits() = 0;
  /// Where data files are looked for; no options in it.
  [[nodiscard]] virtual model::DataPlaces data_places() const = 0;

  // What the process may do, and the place of the machine in its networks.
  /// True if packets beneath the transports can be sent and captured. `said`: --privileged, --unprivileged.
  [[nodiscard]] virtual bool privileged(std::optional<bool> said) const = 0;
  [[nodiscard]] virtual net::PingRights ping_rights(Family family, bool raw) const = 0;
  [[nodiscard]] virtual std::vector<net::Interface> interfaces() const = 0;
  /// The route that a packet would take; nothing if there is none. `device`: if not "", the only one it may take.
  [[nodiscard]] virtual std::optional<net::Route> route(const Address& to, const std::string& device) const = 0;
  /// The name servers of the system.
  [[nodiscard]] virtual std::vector<Address> name_servers() const = 0;
  /// Returns 0, or the errno for which no socket of this protocol can be bound there, on `device` if it is not "".
  [[nodiscard]] virtual int bind_failure(Protocol protocol, const Endpoint& local, const std::string& device) const = 0;

  // The ports of one shard. The loop and the deadlines outlive what is made over them.
  /// Throws std::system_error if the system gives none.
  [[nodiscard]] virtual std::unique_ptr<net::EventLoop> make_event_loop() = 0;
  [[nodiscard]] virtual std::unique_ptr<net::Network> make_network(net::EventLoop& loop, core::Deadlines& deadlines,
                                                                   net::NetworkOptions options) = 0;
  [[nodiscard]] virtual std::unique_ptr<net::Pinger> make_pinger(net::EventLoop& loop, core::Deadlines& deadlines,
                                                                 net::PingerOptions options) = 0;
  /// Opens an input; "-" is standard input. The error names the path.
  [[nodiscard]] virtual Result<std::unique_ptr<net::InputStream>> open_input(net::EventLoop& loop,
                                                                             const std::string& path) = 0;
  [[nodiscard]] virtual std::unique_ptr<core::CpuTimer> make_cpu_timer() = 0;

  /// Steps all shards of a run but the first.
  [[nodiscard]] virtual std::unique_ptr<Driver> make_driver() = 0;
  /// True if the process ends when a script is stuck inside a C function, once the reports are complete. False: the run
  /// fails, and ends when that function returns.
  [[nodiscard]] virtual bool ends_process_when_stuck() const noexcept = 0;
  /// Ends the process, without unwinding.
  [[noreturn]] virtual void end_process() noexcept = 0;
};

}  // namespace sluice::engine
