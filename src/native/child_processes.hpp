#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "base/slab.hpp"
#include "core/ticket.hpp"
#include "native/watched_descriptor.hpp"
#include "net/processes.hpp"

namespace sluice::net {

/// Commands of the shell that run as processes of their own. Each is watched through a descriptor (pidfd), so that it
/// makes no difference what the process does about SIGCHLD, and is reaped here and nowhere else; until then its number
/// cannot be that of another process. On the loop's thread only.
class ChildProcesses final : private ReadyHandler {
 public:
  using Id = Handle;
  /// Is called once: Ok and the exit, or Error.
  using Ended = std::function<void(core::Reply)>;

  explicit ChildProcesses(EpollEventLoop& loop) : loop_(loop) {}
  /// Those that were let go have a second to end by themselves; then all are killed.
  ~ChildProcesses() override;
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;

  struct Begun {
    Id child{};
    int pipe = -1;  ///< our end, which does not block; the caller's from now on
    int error = 0;  ///< an errno, and then nothing runs
  };
  Begun start(const CommandRequest& request);
  /// Waits for the end, which is told at once if it has come.
  void on_end(Id child, Ended tell);
  /// Its session's processes, that is; of one whose end was not told yet.
  void kill(Id child) noexcept;
  /// Reports the end of the child no more; reaps the child when it ends.
  void let_go(Id child) noexcept;

 private:
  struct Child {
    Child(EpollEventLoop& loop, pid_t number) : pid(number), pidfd(loop) {}
    pid_t pid;
    WatchedDescriptor pidfd;
    Ended tell;
    bool watched = false;
  };
  /// Nothing while it runs.
  static std::optional<core::Reply> reap(Child& child) noexcept;
  void on_ready(std::uint64_t cookie, Readiness what) override;
  void look(Id id);
  /// Reaps what ends within a second.
  void await_all() noexcept;

  EpollEventLoop& loop_;
  Slab<Child> children_;
};

}  // namespace sluice::net
