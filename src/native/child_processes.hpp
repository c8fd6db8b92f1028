// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "base/slab.hpp"
#include "core/ticket.hpp"
#include "native/watched_descriptor.hpp"
#include "net/processes.hpp"

namespace sluice::net {

/// Runs shell commands as child processes and reaps them. Each child is watched through a pidfd, so that the
/// disposition of SIGCHLD does not matter and no process is killed that has reused an id. Owned by the NativeNetwork.
/// Not thread-safe.
class ChildProcesses final : private ReadyHandler {
 public:
  using Id = Handle;
  /// Receives Ok with Reply::exit, or Error with the errno. Called at most once.
  using Ended = std::function<void(core::Reply)>;

  /// `loop` must outlive it.
  explicit ChildProcesses(EpollEventLoop& loop) : loop_(loop) {}
  /// Waits up to one second for the children to end, and kills the rest. Callbacks are not called.
  ~ChildProcesses() override;
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;

  /// The result of start().
  struct Started {
    Id child{};
    int pipe = -1;  ///< this process's end of the pipe, in non-blocking mode; owned by the caller; -1: no pipe
    int error = 0;  ///< errno if nothing was started, else 0
  };
  /// Starts a command.
  Started start(const CommandRequest& request);
  /// Calls `ended` when the child has ended, at once if it has ended already. `child` is stale then. It receives Error
  /// if `child` is stale, if other code of the process has reaped it, or if the system cannot watch it.
  void on_end(Id child, Ended ended);
  /// Kills the child and the processes of its session. No effect if `child` is stale.
  void kill(Id child) noexcept;
  /// Withdraws on_end(). The child is reaped when it ends. No effect if `child` is stale.
  void let_go(Id child) noexcept;

 private:
  struct Child {
    Child(EpollEventLoop& loop, pid_t number) : pid(number), pidfd(loop) {}
    pid_t pid;
    WatchedDescriptor pidfd;
    Ended ended;
    bool watched = false;
  };
  /// Reaps the child if it has ended, and returns the reply for it. Returns nothing while it runs.
  static std::optional<core::Reply> reap(Child& child) noexcept;
  void on_ready(std::uint64_t cookie, Readiness what) override;
  /// Reaps the child if it has ended; otherwise waits for its end in the loop.
  void check(Id id);
  /// Reaps the children that end within one second. Blocks.
  void await_all() noexcept;

  EpollEventLoop& loop_;
  Slab<Child> children_;
};

}  // namespace sluice::net
