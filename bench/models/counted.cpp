// SPDX-License-Identifier: Apache-2.0
#include "accounting.hpp"

namespace models {
namespace {

class Counted : public Accounting, private sluice::core::Completions {
 public:
  Counted(std::size_t slots, Woken& woken) : woken_(woken), pool_({slots, slots}) {}

  void created(Thread& thread) override { thread.lease.emplace(pool_, line_); }
  bool request(Thread& thread) override {
    return pool_.request(*thread.lease, {this, {{}, static_cast<std::uint32_t>(thread.index)}});
  }
  void opened(Thread& thread) override { pool_.opened(*thread.lease); }
  void closed(Thread& thread) override { pool_.closed(*thread.lease); }
  void resumed(Thread& thread) override { pool_.resumed(*thread.lease); }
  void suspended(Thread& thread) override { pool_.suspended(*thread.lease); }
  void ended(Thread& thread) override { pool_.ended(*thread.lease); }

 private:
  void complete(sluice::core::Ticket ticket, sluice::core::Reply /*empty*/) override {
    woken_.push_back(ticket.operation);
  }

  Woken& woken_;
  sluice::core::SlotPool pool_;
  sluice::core::HostSlotQueue line_;
};

}  // namespace

std::unique_ptr<Accounting> make_counted(std::size_t slots, Woken& woken) {
  return std::make_unique<Counted>(slots, woken);
}

}  // namespace models
