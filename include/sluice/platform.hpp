// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <sluice/export.hpp>

namespace sluice {

/// The access of an engine to the outside: clock, network, limits of the system, environment, CPU time. Created by
/// native(); has no functions that an embedder calls. Several engines may share one. Thread-safe.
class SLUICE_EXPORT Platform {
 public:
  virtual ~Platform() = default;
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  /// What an engine may read from, or change in, the process that it runs in. By default it does none of this.
  struct Policy {
    /// Reads the environment variables NMAPDIR, NMAP_PRIVILEGED, NMAP_UNPRIVILEGED and XDG_CACHE_HOME.
    bool read_environment = false;
    /// Raises the soft limit of open descriptors to the hard one.
    bool raise_descriptor_limit = false;
    /// Installs a handler for SIGVTALRM, by which the engine limits the CPU time of scripts. If false, the engine
    /// counts Lua instructions instead. Scripts that compute then need about twice the CPU time, and the limits take
    /// effect only between two Lua instructions, not inside a C function.
    bool use_cpu_signal = false;
    /// Ends the process, after the reports are complete, if a script is stuck inside a C function. Needs
    /// `use_cpu_signal`. If false, the run waits until the function returns.
    bool end_process_when_stuck = false;
  };
  /// Creates the platform of this machine.
  static std::unique_ptr<Platform> native(const Policy& policy);

 protected:
  Platform() = default;
};

}  // namespace sluice
