// SPDX-License-Identifier: Apache-2.0
#include "native/privilege.hpp"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace sluice::net {

namespace {

bool has_raw_capability() {
  __user_cap_header_struct header{};
  header.version = _LINUX_CAPABILITY_VERSION_3;
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capget, &header, data) != 0) return false;
  return (data[CAP_TO_INDEX(CAP_NET_RAW)].effective & CAP_TO_MASK(CAP_NET_RAW)) != 0;
}

}  // namespace

bool is_privileged(std::optional<bool> said, bool read_environment) {
  if (said) return *said;
  if (read_environment && std::getenv("NMAP_PRIVILEGED")) return true;
  if (read_environment && std::getenv("NMAP_UNPRIVILEGED")) return false;
  return ::geteuid() == 0 || has_raw_capability();
}

}  // namespace sluice::net
