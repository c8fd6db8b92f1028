// SPDX-License-Identifier: Apache-2.0
#include "engine/exclusions.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/text_file.hpp"

namespace sluice::engine {

namespace {

/// An excluded target.
struct Excluded {
  model::TargetSpec spec;
  std::string place;  ///< option, or file and line, for errors
};

struct Replies final : core::Completions {
  std::vector<core::Reply> replies;
  std::size_t missing = 0;
  void complete(core::Ticket ticket, core::Reply reply) override {
    replies[ticket.operation] = std::move(reply);
    --missing;
  }
};

Result<std::vector<Excluded>> parse(const Options& options) {
  std::vector<Excluded> all;
  for (const std::string& text : options.exclude) {
    auto spec = model::TargetSpec::parse(text);
    if (!spec) return spec.error().in("--exclude");
    all.push_back({std::move(*spec), "--exclude"});
  }
  if (!options.exclude_file) return all;
  auto text = read_text_file(*options.exclude_file, TextDecoder::Marks::AtLines);
  if (!text) return text.error().in("--excludefile");
  for (const model::ListedTarget& target : model::read_target_list(*text)) {
    auto spec = model::parse(target, *options.exclude_file, std::nullopt);
    if (!spec) return spec.error();
    all.push_back({std::move(*spec), model::place_in_file(*options.exclude_file, target.line)});
  }
  return all;
}

}  // namespace

Result<model::ExclusionSet> read_exclusions(const Options& options, net::Resolver& resolver,
                                            const std::function<void()>& wait) {
  auto all = parse(options);
  if (!all) return all.error();
  model::ExclusionSet set;
  std::vector<const Excluded*> names;
  for (const Excluded& excluded : *all) {
    if (excluded.spec.pattern)
      set.add(*excluded.spec.pattern);
    else
      names.push_back(&excluded);
  }

  Replies inbox;
  inbox.replies.resize(names.size());
  inbox.missing = names.size();
  for (std::size_t i = 0; i < names.size(); ++i)
    resolver.resolve(names[i]->spec.name, std::nullopt, {&inbox, {{}, static_cast<std::uint32_t>(i)}});
  while (inbox.missing > 0) wait();

  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& [spec, place] = *names[i];
    const core::Reply& reply = inbox.replies[i];
    if (reply.status != core::Status::Ok || reply.addresses.empty())
      return Error{place + ": " + in_quotes(spec.text) + " does not resolve" +
                   (reply.data.empty() ? "" : " (" + reply.data + ")")};
    for (const Address& address : reply.addresses) {
      auto pattern = model::expand(spec, address);
      if (!pattern) return pattern.error().in(place);
      set.add(*pattern);
    }
  }
  return set;
}

}  // namespace sluice::engine
