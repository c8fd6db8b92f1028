// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/deadlines.hpp"
#include "net/pinger.hpp"

namespace sluice::net {

/// A Pinger in memory and in virtual time. Each target answers as its Answer says; a target without an Answer is
/// silent. The destructor fails the test if a ping has neither completed nor been cancelled.
class FakePinger final : public Pinger, private core::Expirable {
 public:
  struct Answer {
    Duration round_trip{};
    core::Reply reply{};
    unsigned lost = 0;  ///< number of requests that are not answered before the first answer
  };
  /// A call of send() that has sent a ping.
  struct Request {
    TimePoint at;
    Ping ping;
    Address target;
    std::optional<Address> source;
    std::string device;
  };

  FakePinger(core::Deadlines& deadlines, const Clock& clock) : deadlines_(deadlines), clock_(clock) {}
  ~FakePinger() override { EXPECT_EQ(in_flight_.size(), 0u) << "pings were neither answered nor cancelled"; }

  Answer& answer(Ping ping, const Address& target) { return answers_[{ping, target}]; }
  /// Returns the errno of a resource shortage with which the next ping fails; 0: none.
  std::function<int()> lack = [] { return 0; };
  int failure = 0;  ///< errno with which pings fail for another reason; 0: none
  [[nodiscard]] const std::vector<Request>& requests() const { return requests_; }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_.size(); }

  Sent send(const PingRequest& request, core::Completion done) override {
    if (const int error = lack()) return {.lacking = error};
    if (failure) return {.failed = failure};
    requests_.push_back({clock_.now(), request.ping, request.target, request.source,
                         request.route ? request.route->device : std::string()});
    const PingId id = in_flight_.emplace(InFlight{done, {.status = core::Status::Timeout}, {}});
    InFlight& ping = in_flight_.at(id);
    TimePoint end = request.deadline;
    if (const auto found = answers_.find({request.ping, request.target}); found != answers_.end()) {
      Answer& answer = found->second;
      if (answer.lost > 0) {
        --answer.lost;
      } else if (clock_.now() + answer.round_trip <= end) {
        end = clock_.now() + answer.round_trip;
        ping.reply = answer.reply;
      }
    }
    ping.timer = deadlines_.arm(end, *this, id.pack());
    return {.waiting = id};
  }
  void cancel(PingId id) noexcept override {
    if (InFlight* ping = in_flight_.find(id)) {
      deadlines_.cancel(ping->timer);
      in_flight_.erase(id);
    }
  }

 private:
  struct InFlight {
    core::Completion done;
    core::Reply reply;
    core::Deadlines::Id timer;
  };

  void expired(std::uint64_t cookie) override {
    const PingId id = PingId::unpack(cookie);
    InFlight ping = std::move(in_flight_.at(id));
    in_flight_.erase(id);
    ping.done(std::move(ping.reply));
  }

  core::Deadlines& deadlines_;
  const Clock& clock_;
  std::map<std::pair<Ping, Address>, Answer> answers_;
  std::vector<Request> requests_;
  Slab<InFlight> in_flight_;
};

}  // namespace sluice::net
