// SPDX-License-Identifier: Apache-2.0
// Scripts that kept their sockets open while their child threads waited for a slot reached a deadlock. The engine then
// killed the longest waiters one after the other, although they held no slot and some belonged to other scripts.

#include <algorithm>
#include <array>

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

class Deadlock : public RuntimeFixture {
 protected:
  Deadlock() : RuntimeFixture({2, 2}) {}
};

TEST_F(Deadlock, SlotHolderIsKilledAndWaitersAreNot) {
  network.tcp("192.0.2.1", 80);
  for (const char* parent : {"first", "second"})
    script(parent, R"(
      local own, done = nmap.new_socket(), nil
      assert(own:connect(host, port))
      local condvar = nmap.condvar(own)
      stdnse.new_thread(function()
        local other = nmap.new_socket()
        done = tostring(other:connect(host, port))
        other:close()
        condvar 'signal'
      end)
      stdnse.sleep(1)
      while not done do condvar 'wait' end
      own:close()
      return done)");
  for (const char* bystander : {"third", "fourth"})
    script(bystander, "local s = nmap.new_socket() local ok = s:connect(host, port) s:close() return tostring(ok)");
  for (const char* each : {"first", "second", "third", "fourth"}) start_port(each);
  run();
  EXPECT_EQ(runtime->waiting_for_network(), 0u);
  runtime->end_deadlocked();
  run();
  EXPECT_EQ(std::ranges::count(std::array{result("first"), result("second")}, "killed"), 1);
  EXPECT_EQ(std::ranges::count(std::array{result("first"), result("second")}, "true"), 1);
  EXPECT_EQ(result("third"), "true");
  EXPECT_EQ(result("fourth"), "true");
}

}  // namespace
}  // namespace sluice::nse
