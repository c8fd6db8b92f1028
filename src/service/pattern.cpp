// SPDX-License-Identifier: Apache-2.0
#include "service/pattern.hpp"

#include <new>
#include <string>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace sluice::service {

namespace {

struct FreeMatchData {
  void operator()(pcre2_match_data* data) const noexcept { pcre2_match_data_free(data); }
};
using MatchData = std::unique_ptr<pcre2_match_data, FreeMatchData>;

MatchData make_match_data() {
  MatchData data(pcre2_match_data_create(Captures().size(), nullptr));
  if (!data) throw std::bad_alloc();
  return data;
}

/// Sets the newline to a line feed; its default depends on the build of PCRE2.
pcre2_compile_context* compile_context() {
  static pcre2_compile_context* const context = [] {
    auto* created = pcre2_compile_context_create(nullptr);
    if (!created) throw std::bad_alloc();
    pcre2_set_newline(created, PCRE2_NEWLINE_LF);
    return created;
  }();
  return context;
}

// pcre2_match keeps its backtracking memory in the match data. It is freed after subjects of this size.
constexpr std::size_t kSubjectForFreshData = std::size_t{64} * 1024;

}  // namespace

struct MatchContext::Impl {
  pcre2_match_context* context = nullptr;
  MatchData data;
};

MatchContext::MatchContext(const MatchLimits& limits) : impl_(std::make_unique<Impl>()) {
  impl_->context = pcre2_match_context_create(nullptr);
  if (!impl_->context) throw std::bad_alloc();
  pcre2_set_match_limit(impl_->context, limits.steps);
  pcre2_set_depth_limit(impl_->context, limits.depth);
  pcre2_set_heap_limit(impl_->context, limits.heap_kib);
}

MatchContext::~MatchContext() { pcre2_match_context_free(impl_->context); }

void Pattern::FreeCode::operator()(void* code) const noexcept { pcre2_code_free(static_cast<pcre2_code*>(code)); }

Result<Pattern> Pattern::compile(std::string_view text, bool ignore_case, bool dot_all) {
  // NEVER_UTF, NEVER_UCP: a pattern cannot select UTF-8 by (*UTF).
  const std::uint32_t options =
      PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | (ignore_case ? PCRE2_CASELESS : 0U) | (dot_all ? PCRE2_DOTALL : 0U);
  int failure = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* const code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options, &failure,
                                         &offset, compile_context());
  if (code) return Pattern(code);
  std::array<PCRE2_UCHAR, 256> message{};
  pcre2_get_error_message(failure, message.data(), message.size());
  return Error{"at offset " + std::to_string(offset) +
               " of the pattern: " + reinterpret_cast<const char*>(message.data())};
}

MatchOutcome Pattern::match(std::string_view subject, MatchContext& context, Captures& captures) {
  auto* const code = static_cast<pcre2_code*>(code_.get());
  if (jit_ == Jit::NotTried && (++uses_ > kUsesBeforeJit || subject.size() > kSubjectForJit))
    jit_ = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0 ? Jit::Compiled : Jit::Unavailable;
  auto& impl = *context.impl_;
  if (!impl.data) impl.data = make_match_data();
  const auto run = [&](std::uint32_t options) {
    return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0, options, impl.data.get(),
                       impl.context);
  };
  int count = run(0);
  if (count == PCRE2_ERROR_JIT_STACKLIMIT) count = run(PCRE2_NO_JIT);  // the interpreter uses the heap
  if (count < 0) {
    if (subject.size() > kSubjectForFreshData || count != PCRE2_ERROR_NOMATCH) impl.data.reset();
    return count == PCRE2_ERROR_NOMATCH ? MatchOutcome::NoMatch : MatchOutcome::LimitExceeded;
  }
  const PCRE2_SIZE* const bounds = pcre2_get_ovector_pointer(impl.data.get());
  const auto groups = count == 0 ? captures.size() : static_cast<std::size_t>(count);  // 0: it has more than Captures
  for (std::size_t group = 0; group < captures.size(); ++group) {
    const PCRE2_SIZE start = bounds[2 * group], end = bounds[2 * group + 1];
    captures[group].reset();
    if (group < groups && start != PCRE2_UNSET && start <= end) captures[group] = subject.substr(start, end - start);
  }
  if (subject.size() > kSubjectForFreshData) impl.data.reset();
  return MatchOutcome::Match;
}

}  // namespace sluice::service
