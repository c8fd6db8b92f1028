// SPDX-License-Identifier: Apache-2.0
#include "native/child_processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

extern "C" {
#include <sys/pidfd.h>
}

namespace sluice::net {

namespace {

using namespace std::chrono_literals;
using Pipe = CommandRequest::Pipe;

constexpr auto kGrace = 1s;

/// The attributes and file actions of a shell to be spawned. The first error of a setting makes run() fail.
class SpawnPlan {
 public:
  SpawnPlan() {
    error_ = ::posix_spawnattr_init(&attributes_);
    keep(::posix_spawn_file_actions_init(&actions_));
    sigset_t all, none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    keep(::posix_spawnattr_setsigdefault(&attributes_, &all));
    keep(::posix_spawnattr_setsigmask(&attributes_, &none));
    keep(::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID));
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void connect(int from, int standard) { keep(::posix_spawn_file_actions_adddup2(&actions_, from, standard)); }
  void empty_input() { keep(::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0)); }
  /// Closes all other descriptors, also those without FD_CLOEXEC that libraries and scripts have opened.
  void close_the_rest() { keep(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1)); }

  /// Spawns the shell. Returns 0 or an errno.
  int run(const char* command, pid_t& pid) const {
    if (error_) return error_;
    const char* const arguments[] = {"sh", "-c", "--", command, nullptr};
    return ::posix_spawn(&pid, "/bin/sh", &actions_, &attributes_, const_cast<char* const*>(arguments), environ);
  }

 private:
  void keep(int error) {
    if (!error_) error_ = error;
  }
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  int error_;
};

}  // namespace

ChildProcesses::~ChildProcesses() {
  await_all();
  if (children_.empty()) return;
  children_.for_each([this](Id id, Child&) { kill(id); });
  await_all();
}

ChildProcesses::Started ChildProcesses::start(const CommandRequest& request) {
  int pipe[2] = {-1, -1};
  if (request.pipe != Pipe::None && ::pipe2(pipe, O_CLOEXEC) != 0) return {.error = errno};
  const bool prints = request.pipe == Pipe::Output;
  const int ours = prints ? pipe[0] : pipe[1], theirs = prints ? pipe[1] : pipe[0];

  SpawnPlan plan;
  if (request.pipe != Pipe::None) plan.connect(theirs, prints ? STDOUT_FILENO : STDIN_FILENO);
  if (request.pipe != Pipe::Input) plan.empty_input();
  plan.close_the_rest();
  pid_t pid = -1;
  Started started{.error = plan.run(request.line.c_str(), pid)};
  if (theirs >= 0) ::close(theirs);
  if (!started.error) {
    if (const int pidfd = ::pidfd_open(pid, 0); pidfd >= 0) {
      started.child = children_.emplace(loop_, pid);
      children_.at(started.child).pidfd.adopt(pidfd);
    } else {
      started.error = errno;
      if (started.error != ESRCH) ::kill(-pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
  if (started.error && ours >= 0) ::close(ours);
  if (started.error || ours < 0) return started;
  ::fcntl(ours, F_SETFL, O_NONBLOCK);
  started.pipe = ours;
  return started;
}

std::optional<core::Reply> ChildProcesses::reap(Child& child) noexcept {
  siginfo_t info{};
  int outcome;
  do {
    outcome = ::waitid(P_PIDFD, static_cast<id_t>(child.pidfd.number()), &info, WEXITED | WNOHANG);
  } while (outcome != 0 && errno == EINTR);
  if (outcome != 0) return core::Reply{.status = core::Status::Error, .error = errno};
  if (info.si_pid == 0) return std::nullopt;
  core::Reply reply;
  reply.exit = {info.si_status, info.si_code != CLD_EXITED};
  return reply;
}

void ChildProcesses::on_end(Id id, Ended ended) {
  Child* child = children_.find(id);
  if (!child) return ended({.status = core::Status::Error, .error = ECHILD});
  child->ended = std::move(ended);
  if (!child->watched) check(id);
}

void ChildProcesses::check(Id id) {
  Child* found = children_.find(id);
  if (!found) return;
  Child& child = *found;
  if (auto reply = reap(child)) {
    const Ended ended = std::move(child.ended);
    children_.erase(id);
    if (ended) ended(*std::move(reply));
    return;
  }
  child.watched = true;
  if (const int failure = child.pidfd.wait(Readiness::Read, *this, id.pack())) {
    child.watched = false;
    if (const Ended ended = std::exchange(child.ended, nullptr))
      ended({.status = core::Status::Error, .error = failure});
  }
}

void ChildProcesses::on_ready(std::uint64_t cookie, Readiness) { check(Id::unpack(cookie)); }

void ChildProcesses::kill(Id id) noexcept {
  Child* child = children_.find(id);
  // If other code has reaped the child (the kernel does so if SIGCHLD is ignored), the id may be another process's.
  if (child && ::pidfd_send_signal(child->pidfd.number(), SIGKILL, nullptr, 0) == 0) ::kill(-child->pid, SIGKILL);
}

void ChildProcesses::let_go(Id id) noexcept {
  Child* child = children_.find(id);
  if (!child) return;
  child->ended = nullptr;
  if (!child->watched) check(id);
}

void ChildProcesses::await_all() noexcept {
  const auto until = std::chrono::steady_clock::now() + kGrace;
  children_.for_each([&](Id id, Child& child) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd state{child.pidfd.number(), POLLIN, 0};
    ::poll(&state, 1, static_cast<int>(std::max(left, 0ms).count()));
    if (reap(child)) children_.erase(id);
  });
}

}  // namespace sluice::net
