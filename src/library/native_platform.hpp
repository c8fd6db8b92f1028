// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/platform.hpp"

namespace sluice::library {

/// The platform of this machine, with its clocks, sockets, limits and environment. Immutable; thread-safe.
class NativePlatform : public engine::PlatformPort {
 public:
  explicit NativePlatform(const Policy& policy) : policy_(policy) {}

  [[nodiscard]] const Clock& clock() const noexcept override { return clock_; }
  /// Uses getrandom(2). Throws std::system_error.
  [[nodiscard]] std::uint64_t random_seed() override;
  [[nodiscard]] engine::SystemLimits limits() override;
  [[nodiscard]] model::DataPlaces data_places() const override;
  [[nodiscard]] bool privileged(std::optional<bool> said) const override;
  [[nodiscard]] net::PingRights ping_rights(Family family, bool raw) const override;
  [[nodiscard]] std::vector<net::Interface> interfaces() const override;
  [[nodiscard]] std::optional<net::Route> route(const Address& to, const std::string& device) const override;
  [[nodiscard]] std::vector<Address> name_servers() const override;
  [[nodiscard]] int bind_failure(Protocol protocol, const Endpoint& local, const std::string& device) const override;
  [[nodiscard]] std::unique_ptr<net::EventLoop> make_event_loop() override;
  [[nodiscard]] std::unique_ptr<net::Network> make_network(net::EventLoop& loop, core::Deadlines& deadlines,
                                                           net::NetworkOptions options) override;
  [[nodiscard]] std::unique_ptr<net::Pinger> make_pinger(net::EventLoop& loop, core::Deadlines& deadlines,
                                                         net::PingerOptions options) override;
  [[nodiscard]] Result<std::unique_ptr<net::InputStream>> open_input(net::EventLoop& loop,
                                                                     const std::string& path) override;
  [[nodiscard]] std::unique_ptr<core::CpuTimer> make_cpu_timer() override;
  [[nodiscard]] std::unique_ptr<engine::Driver> make_driver() override;
  [[nodiscard]] bool ends_process_when_stuck() const noexcept override { return policy_.end_process_when_stuck; }
  [[noreturn]] void end_process() noexcept override;

 private:
  const Policy policy_;
  SystemClock clock_;
};

}  // namespace sluice::library
