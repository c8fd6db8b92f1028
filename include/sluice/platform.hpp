#pragma once

#include <memory>
#include <sluice/export.hpp>

namespace sluice {

/// What an engine takes from the outside: clock, network, limits, environment, CPU time. Made by native(); it has no
/// functions of its own. Thread-safe; several engines may share one.
class SLUICE_EXPORT Platform {
 public:
  virtual ~Platform() = default;
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  /// What an engine may do to the process that it runs in. By default it alters nothing.
  struct Policy {
    /// Reads NMAPDIR, NMAP_PRIVILEGED, NMAP_UNPRIVILEGED, HOME and the like from the environment.
    bool read_environment = false;
    /// Raises the soft limit of open descriptors to the hard one.
    bool raise_descriptor_limit = false;
    /// Installs a handler for SIGVTALRM, which watches the CPU time of scripts. Without it Lua counts instructions,
    /// which makes scripts that compute 2.2 to 2.4 times slower.
    bool use_cpu_signal = false;
    /// Ends the process, once the reports are complete, when a script is stuck inside a C function. Without it the run
    /// fails, and ends when that function returns.
    bool end_process_when_stuck = false;
  };
  /// Makes the platform of this machine.
  static std::unique_ptr<Platform> native(const Policy& policy);

 protected:
  Platform() = default;
};

}  // namespace sluice
