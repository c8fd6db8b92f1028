#pragma once

#include <lua.hpp>
#include <sluice/report.hpp>
#include <string>

#include "base/intrusive_list.hpp"
#include "core/deadlines.hpp"
#include "core/scheduler.hpp"
#include "core/slot_pool.hpp"
#include "lua/state.hpp"
#include "net/network.hpp"
#include "nse/script.hpp"

namespace sluice::nse {

class Runtime;
class Socket;
struct ScriptHost;
struct OfThreadTag;

/// The connect in progress of a thread, through its stages: a slot, a name, a connection.
struct Connecting {
  enum class Stage : std::uint8_t { Slot, Resolve, Connect } stage = Stage::Slot;
  Socket* socket = nullptr;
  std::string host;
  net::ConnectRequest request;
};

/// One instance of a script: a coroutine, the reply it waits for, its lease on a socket slot, its open sockets.
///
/// Dies in one order, whatever ended it: forgotten by the scheduler (late replies find nobody), sockets closed, slot
/// given back, coroutine reset, its anchor dropped.
class ScriptThread final : public core::Runnable, public core::Expirable {
 public:
  ScriptThread(Runtime& runtime, const Script& script, ScriptRule rule, ScriptHost* host, PortReport* port,
               core::SlotLine& line);
  ~ScriptThread() override;

  Step resume() noexcept override;
  /// Its sleep is over.
  void expired(std::uint64_t cookie) override;
  /// Ends it now; it must not be running.
  void kill(event::Outcome outcome) noexcept;

  [[nodiscard]] const Script& script() const { return script_; }
  [[nodiscard]] ScriptRule rule() const { return rule_; }
  [[nodiscard]] ScriptHost* host() const { return host_; }
  [[nodiscard]] PortReport* port() const { return port_; }
  [[nodiscard]] core::ThreadId id() const { return id_; }
  [[nodiscard]] lua_State* coroutine() const { return coroutine_; }

  core::Completion begin() noexcept;

  // What the bindings of the running thread work on.
  core::Reply reply;  ///< of the operation that ended last
  Connecting connecting;
  core::Lease lease;
  core::Deadlines::Id sleep;
  core::Completion sleeping;
  bool blocked = false;  ///< suspended by an operation of ours, not by a yield of the script
  IntrusiveList<Socket, OfThreadTag> sockets;

 private:
  friend class Runtime;
  void finish(int results) noexcept;
  void fail(std::string message, std::string traceback) noexcept;
  void clean_up() noexcept;
  void report(event::Outcome outcome, std::optional<ScriptReport> result, std::string message, std::string traceback);

  Runtime& runtime_;
  const Script& script_;
  ScriptRule rule_;
  ScriptHost* host_;
  PortReport* port_;
  core::ThreadId id_;
  lua_State* coroutine_ = nullptr;
  lua::Ref anchor_;
  int arguments_ = 0;
  bool over_ = false;
  TimePoint started_;
};

}  // namespace sluice::nse
