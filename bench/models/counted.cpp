#include <deque>

#include "accounting.hpp"
#include "core/slot_pool.hpp"

namespace models {
namespace {

class Counted : public Accounting, private sluice::core::Completions {
 public:
  Counted(std::size_t threads, std::size_t slots, Woken& woken) : woken_(woken), pool_({slots, slots}, *this) {
    for (std::size_t i = 0; i < threads; ++i) leases_.emplace_back(pool_, line_);
  }

  bool request(Thread& thread) override {
    return pool_.request(leases_[thread.index], {{}, static_cast<std::uint32_t>(thread.index)});
  }
  void opened(Thread& thread) override { pool_.opened(leases_[thread.index]); }
  void closed(Thread& thread) override { pool_.closed(leases_[thread.index]); }
  void resumed(Thread& thread) override { pool_.resumed(leases_[thread.index]); }
  void suspended(Thread& thread) override { pool_.suspended(leases_[thread.index]); }
  void ended(Thread& thread) override { pool_.ended(leases_[thread.index]); }

 private:
  void complete(sluice::core::Ticket ticket, sluice::core::Reply /*empty*/) override {
    woken_.push_back(ticket.operation);
  }

  Woken& woken_;
  sluice::core::SlotPool pool_;
  sluice::core::SlotLine line_;
  std::deque<sluice::core::Lease> leases_;
};

}  // namespace

std::unique_ptr<Accounting> make_counted(std::size_t threads, std::size_t slots, Woken& woken) {
  return std::make_unique<Counted>(threads, slots, woken);
}

}  // namespace models
