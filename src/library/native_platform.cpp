// SPDX-License-Identifier: Apache-2.0
#include "library/native_platform.hpp"

#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <thread>
#include <utility>

#include "library/thread_driver.hpp"
#include "native/epoll_event_loop.hpp"
#include "native/interfaces.hpp"
#include "native/native_input_stream.hpp"
#include "native/native_network.hpp"
#include "native/ping_sockets.hpp"
#include "native/posix_socket.hpp"
#include "native/privilege.hpp"
#include "native/signal_cpu_timer.hpp"
#include "native/system_pinger.hpp"
#include "net/resolv_conf.hpp"

namespace sluice::library {

namespace {

constexpr std::size_t kMaxDescriptors = 1u << 20;  ///< if there is no limit
constexpr std::size_t kUnknownDescriptors = 1024;  ///< if the limit cannot be read

/// Returns the limit of open descriptors. `raise`: raises the soft limit to the hard one first.
std::size_t descriptors(bool raise) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kUnknownDescriptors;
  if (raise && limit.rlim_cur != limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur == RLIM_INFINITY ? kMaxDescriptors : std::min<std::size_t>(limit.rlim_cur, kMaxDescriptors);
}

/// Returns the smallest of these, in bytes: the memory of the machine, the limit of the address space of the process,
/// and the limit of its control group (version 2).
std::size_t available_memory() {
  std::size_t bytes =
      static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (rlimit limit{}; ::getrlimit(RLIMIT_AS, &limit) == 0) bytes = std::min<std::size_t>(bytes, limit.rlim_cur);
  if (std::size_t group = 0; std::ifstream("/sys/fs/cgroup/memory.max") >> group) bytes = std::min(bytes, group);
  return bytes;
}

net::EpollEventLoop& epoll(net::EventLoop& loop) { return static_cast<net::EpollEventLoop&>(loop); }

}  // namespace

std::uint64_t NativePlatform::random_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed)
    throw std::system_error(errno, std::generic_category(), "getrandom");
  return seed;
}

engine::SystemLimits NativePlatform::limits() {
  return {descriptors(policy_.raise_descriptor_limit), available_memory(),
          std::max<std::size_t>(std::thread::hardware_concurrency(), 1)};
}

model::DataPlaces NativePlatform::data_places() const { return model::process_data_places(policy_.read_environment); }

bool NativePlatform::privileged(std::optional<bool> said) const {
  return net::is_privileged(said, policy_.read_environment);
}

net::PingRights NativePlatform::ping_rights(Family family, bool raw) const {
  return net::find_ping_rights(family, raw);
}

std::vector<net::Interface> NativePlatform::interfaces() const { return net::list_interfaces(); }

std::optional<net::Route> NativePlatform::route(const Address& to, const std::string& device) const {
  return net::find_route(to, device);
}

std::vector<Address> NativePlatform::name_servers() const { return net::system_name_servers(); }

int NativePlatform::bind_failure(Protocol protocol, const Endpoint& local, const std::string& device) const {
  net::Start start;
  start.type = protocol == Protocol::Udp ? SOCK_DGRAM : SOCK_STREAM;
  start.local = local;
  start.connecting = false;
  start.device = device;
  const net::Opened opened = net::open_socket(local.address.family(), start);
  if (opened.error == 0) ::close(opened.descriptor);
  return opened.error;
}

std::unique_ptr<net::EventLoop> NativePlatform::make_event_loop() { return std::make_unique<net::EpollEventLoop>(); }

std::unique_ptr<net::Network> NativePlatform::make_network(net::EventLoop& loop, core::Deadlines& deadlines,
                                                           net::NetworkOptions options) {
  return std::make_unique<net::NativeNetwork>(epoll(loop), deadlines, clock_, std::move(options));
}

std::unique_ptr<net::Pinger> NativePlatform::make_pinger(net::EventLoop& loop, core::Deadlines& deadlines,
                                                         net::PingerOptions options) {
  return std::make_unique<net::SystemPinger>(epoll(loop), deadlines, std::move(options));
}

Result<std::unique_ptr<net::InputStream>> NativePlatform::open_input(net::EventLoop& loop, const std::string& path) {
  return net::NativeInputStream::open(epoll(loop), path);
}

std::unique_ptr<core::CpuTimer> NativePlatform::make_cpu_timer() {
  if (policy_.use_cpu_signal) return std::make_unique<net::SignalCpuTimer>();
  return std::make_unique<net::CountingCpuTimer>();
}

std::unique_ptr<engine::Driver> NativePlatform::make_driver() { return std::make_unique<ThreadDriver>(); }

void NativePlatform::end_process() noexcept { ::_exit(EXIT_FAILURE); }

}  // namespace sluice::library
