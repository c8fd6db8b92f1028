// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Runs a script repeatedly. Each run grants one more Lua allocation before one fails. After each run the script thread
/// must have ended without a leak, which the fixture and the sanitizers check.
class AllocationFailure : public RuntimeFixture {
 protected:
  void on_script_started(ScriptThread& thread) override {
    home_ = &lua::home(thread.coroutine());
    home_->failed = false;
    home_->failures_after = allowed_;
  }
  void sweep(const std::string& action) {
    script("sweep", action);
    constexpr int kMax = 20'000;
    std::size_t failures = 0;
    for (allowed_ = 0; allowed_ < kMax; ++allowed_) {
      start_port("sweep");
      run();
      home_->failures_after = lua::Home::kNoFailures;
      if (runtime->waiting_for_network() == 0) runtime->end_deadlocked();  // its child thread failed before the wake-up
      runtime->reap();
      ASSERT_EQ(runtime->threads(), 0u) << "after " << allowed_ << " allocations";
      ASSERT_EQ(slots.held(), 0u) << "after " << allowed_ << " allocations";
      if (!home_->failed) break;
      ++failures;
    }
    EXPECT_LT(allowed_, kMax);
    EXPECT_GT(failures, 0u);
    EXPECT_EQ(result("sweep"), "all of it") << "the state is spoilt";
  }

 private:
  lua::Home* home_ = nullptr;
  int allowed_ = 0;
};

/// Scripts with a memory limit of 4 MiB.
class MemoryLimit : public RuntimeFixture {
 protected:
  MemoryLimit() { options.script_memory = 4u << 20; }
};

TEST_F(MemoryLimit, LargestScriptIsKilledAndOtherScriptsContinue) {
  script("hoards", "local all = {} while true do all[#all + 1] = ('x'):rep(1000) .. #all stdnse.sleep(0) end");
  script("other", "for _ = 1, 10000 do stdnse.sleep(0.001) local text = ('y'):rep(10) end return 'fine'");
  start_port("other");
  start_port("hoards");
  run();
  EXPECT_THAT(line("hoards"), StartsWith("ERROR: Script was killed: it held the most memory, about 3."));
  EXPECT_EQ(result("other"), "fine");
}

TEST_F(MemoryLimit, ScriptAllocatingWithoutWaitingIsKilled) {
  script("hoards", "local all = {} pcall(function() while true do all[#all + 1] = ('x'):rep(1000) .. #all end end)");
  start_port("hoards");
  run();
  EXPECT_THAT(line("hoards"), StartsWith("ERROR: Script was killed: it held the most memory"));
}

TEST_F(MemoryLimit, GarbageKillsNoScript) {
  EXPECT_EQ(act("for i = 1, 20000 do local text = ('x'):rep(1000) .. i if i % 100 == 0 then stdnse.sleep(0) end end "
                "return 'done'"),
            "done");
}

TEST_F(MemoryLimit, SmallScriptReachingLimitIsNotKilled) {
  script("holds",
         "local all = {} collectgarbage() while collectgarbage('count') < 3000 do all[#all + 1] = ('x'):rep(1000) end "
         "nmap.registry.full = true stdnse.sleep(10) return 'held'");
  script("small",
         "while not nmap.registry.full do stdnse.sleep(0.001) end local all = {} "
         "for i = 1, 1000 do all[i] = ('y'):rep(1000) end return 'small ' .. #all");
  start_port("small");
  start_port("holds");
  run();
  EXPECT_THAT(line("holds"), StartsWith("ERROR: Script was killed"));
  EXPECT_EQ(result("small"), "small 1000");
}

TEST_F(MemoryLimit, ChildThreadsCountTowardsScript) {
  script("parent",
         "local function hold() local all = {} for i = 1, 300 do all[i] = ('x'):rep(1000) .. i end stdnse.sleep(10) "
         "return all end for i = 1, 20 do stdnse.new_thread(hold) end stdnse.sleep(20) return 'lived'");
  script("holds", "local all = {} for i = 1, 500 do all[i] = ('z'):rep(1000) .. i end stdnse.sleep(1) return 'held'");
  start_port("holds");
  start_port("parent");
  run();
  EXPECT_THAT(line("parent"), StartsWith("ERROR: Script was killed"));
  EXPECT_EQ(result("holds"), "held");
}

TEST_F(MemoryLimit, ScriptWithEndlessChildThreadsIsKilled) {
  EXPECT_THAT(act_line("while true do stdnse.new_thread(stdnse.sleep, 10) end"),
              StartsWith("ERROR: Script was killed"));
}

#ifndef SLUICE_NO_TLS
TEST_F(MemoryLimit, BignumsCountTowardsLimit) {
  EXPECT_THAT(act_line("local openssl, all = require 'openssl', {} "
                       "for i = 1, 100 do all[i] = openssl.bignum_rand(8 * 100000) end return #all"),
              StartsWith("ERROR: Script was killed"));
  EXPECT_THAT(act("return tostring(select(2, pcall(require 'openssl'.bignum_rand, 8 * 5000000)))"),
              HasSubstr("not enough memory"));
}
#endif

TEST_F(MemoryLimit, SocketsCountTowardsLimit) {
  EXPECT_THAT(act_line("local all = {} while true do all[#all + 1] = nmap.new_socket() end"),
              StartsWith("ERROR: Script was killed"));
}

TEST_F(MemoryLimit, ScriptRepeatingRefusedAllocationIsKilled) {
  EXPECT_THAT(act_line("local s = ('x'):rep(1 << 20) while true do pcall(function() return s .. s .. s .. s end) end"),
              HasSubstr("Script was killed: it requested memory again after a refusal"));
}

TEST_F(MemoryLimit, FirstRefusedAllocationIsCatchableError) {
  EXPECT_EQ(act("return tostring(select(2, pcall(string.rep, 'x', 5 << 20)))"), "not enough memory");
}

TEST_F(MemoryLimit, FullScriptRegistryKillsScriptRequestingMore) {
  script("fills",
         "nmap.registry.all = {} while true do table.insert(nmap.registry.all, ('x'):rep(1000) .. "
         "#nmap.registry.all) stdnse.sleep(0) end");
  script("takes", "local all = {} for i = 1, 1000 do all[i] = ('y'):rep(1000) .. i stdnse.sleep(0) end return 'took'");
  start_port("fills");
  run();
  EXPECT_THAT(line("fills"), StartsWith("ERROR: Script was killed"));
  start_port("takes");
  run();
  EXPECT_THAT(line("takes"), StartsWith("ERROR: Script was killed"));
}

TEST_F(MemoryLimit, CloseHandlerAfterErrorIsWithinLimit) {
  script("closes",
         "local x <close> = setmetatable({}, {__close = function() nmap.registry.took = #('x'):rep(8 << 20) end}) "
         "error('x')");
  start_port("closes");
  run();
  EXPECT_EQ(act("return tostring(nmap.registry.took)"), "nil");
}

TEST_F(MemoryLimit, FinalizerIsWithinTheLimit) {
  EXPECT_EQ(act("setmetatable({}, {__gc = function() nmap.registry.ran = true nmap.registry.took = "
                "#('x'):rep(8 << 20) end}) collectgarbage() collectgarbage() "
                "return tostring(nmap.registry.ran) .. ' ' .. tostring(nmap.registry.took)"),
            "true nil");
}

TEST_F(MemoryLimit, ThreadStartsWithoutFreeMemory) {
  script("hoards",
         "local all = {} pcall(function() while true do all[#all + 1] = ('x'):rep(100) .. #all end end) "
         "stdnse.sleep(1) return 'kept ' .. type(all)");
  script("other", "return 'begun'");
  start_port("hoards");
  run();
  start_port("other");
  run();
  EXPECT_EQ(result("other"), "begun");
}

TEST_F(AllocationFailure, SocketScriptEndsInOrder) {
  network.tcp("192.0.2.1", 80).banner("220 hello\r\nmore\r\n").reply("PONG\r\n");
  sweep(R"(
    local s = nmap.new_socket()
    assert(s:connect(host, port))
    s:set_timeout(1000)
    local ok, line = s:receive_buf('\r\n', false)
    assert(line == '220 hello')
    assert(s:send('PING'))
    local ok, answer = s:receive_lines(1)
    assert(answer == 'PONG\r\n')
    local ok, lip, lport, rip, rport = s:get_info()
    assert(rport == 80)
    s:close()
    local ok, names = nmap.resolve('192.0.2.7')
    assert(names[1] == '192.0.2.7')
    local u = nmap.new_socket('udp')
    assert(u:sendto(host, 53, 'q'))
    u:close()
    return 'all of it')");
}

TEST_F(AllocationFailure, SshScriptEndsInOrder) {
  network.tcp("192.0.2.1", 22).banner("SSH-2.0-x\r\n" + std::string(400, 'A'));
  network.tcp("192.0.2.1", 80).banner("SSH-2.0-x\r\n").after(1ms).close();
  sweep(R"(
    local libssh2 = require 'libssh2'
    local ok, why = pcall(libssh2.session_open, host, 22)
    assert(why:find('handshake', 1, true))
    local ok, why = pcall(libssh2.session_open, host, port.number)
    assert(why == 'EOF')
    return 'all of it')");
}

TEST_F(AllocationFailure, CommandScriptEndsInOrder) {
  network.command("prints").banner("one\n2 ").after(1ms).banner("three\nrest");
  network.command("fails").exit({3});
  sweep(R"(
    assert(select(3, os.execute('fails')) == 3)
    local f <close> = io.popen('prints')
    for line in f:lines() do assert(line == 'one') break end
    local number, word, rest = f:read('n', 6, 'a')
    assert(number == 2 and word == ' three' and rest == '\nrest')
    local w = io.popen('reads', 'w')
    assert(w:write('text', 1, 2.5))
    assert(w:close())
    assert(tostring(w) == 'file (closed)')
    local before = io.input(f)
    assert(io.read() == nil)
    return 'all of it')");
}

TEST_F(AllocationFailure, PacketScriptEndsInOrder) {
  network.interface_list = {{"eth0", net::Link::Ethernet, Address::parse("192.0.2.7"), 24,
                             Address::parse("192.0.2.255"), "mymac!", true, 1500}};
  network.answer_packet = [](const std::string& packet) { return std::string(14, 'e') + packet; };
  sweep(R"(
    assert(nmap.list_interfaces()[1].mac == 'mymac!')
    assert(nmap.get_interface_info('eth0').broadcast == '192.0.2.255')
    local s, d = nmap.new_socket(), nmap.new_dnet()
    s:pcap_open('eth0', 100, false, 'ip')
    s:set_timeout(1000)
    d:ethernet_open('eth0')
    d:ip_open()
    assert(d:ethernet_send('frame'))
    local packet = '\x45' .. ('\0'):rep(20)
    assert(d:ip_send(packet))
    assert(d:ip_send(packet, host))
    local ok, length, l2, l3 = s:pcap_receive()
    assert(l3 == 'frame')
    d:ip_close()
    return 'all of it')");
}

TEST_F(AllocationFailure, ChildThreadMutexAndCondvarScriptEndsInOrder) {
  sweep(R"(
    local t = {}
    local m, c = nmap.mutex(t), nmap.condvar(t)
    m 'lock'
    local co, info = stdnse.new_thread(function()
      local mine = nmap.condvar(t)
      m 'lock'
      stdnse.sleep(0.1)
      t[1] = stdnse.getinfo()
      m 'done'
    end)
    m 'done'
    while info() ~= 'dead' do c 'wait' end
    local status, message = info()
    if message then error(message) end
    local co = coroutine.wrap(function(a) stdnse.sleep(0.1) coroutine.yield(a) return stdnse.gettid() end)
    assert(co(1) == 1)
    co()
    nmap.new_try(function() end)(true, stdnse.gethostport())
    return 'all of it')");
}

TEST_F(AllocationFailure, PortAndResultScriptEndsInOrder) {
  sweep(R"(
    local p = nmap.get_port_state(host, port)
    p.version.product = 'thing'
    p.version.cpe = {'cpe:/a:b:c'}
    nmap.set_port_version(host, p)
    nmap.set_port_state(host, p, 'open')
    local n = nmap.get_ports(host, nil, 'tcp', 'open')
    assert(n.number == 22)
    assert(nmap.fetchfile('nselib/stdnse.lua'))
    nmap.log_write('stdout', 'x')
    nmap.get_random_bytes(20)
    local shown = setmetatable({}, {__tostring = function() return 'all of it' end})
    local out = stdnse.output_table()
    out.a = {1, 2, {b = 'c'}}
    return out, tostring(shown))");
}

}  // namespace
}  // namespace sluice::nse
