// SPDX-License-Identifier: Apache-2.0
#include "script/lua_scopes.hpp"

#include <utility>

namespace sluice::script {

namespace {

/// True if the place is the environment itself: `_ENV`, or `_M`, which stdnse.module sets to it.
bool is_environment(const LuaPlace& place) {
  return !place.of_environment && (place.name == "_ENV" || (place.name == "_M" && !place.local));
}

}  // namespace

void LuaScopes::declare(std::string name, std::size_t line, KnownValue known) {
  if (name == "_ENV") ++environments_;
  locals_.push_back({std::move(name), line, std::move(known)});
}

void LuaScopes::end(std::size_t size) {
  for (; locals_.size() > size; locals_.pop_back()) {
    const LocalVariable& local = locals_.back();
    if (local.name == "_ENV") --environments_;
    if (local.known.library && !local.known.silent && !local.read && local.name != "_")
      found_.unused_libraries.push_back({local.name, local.line});
  }
}

void LuaScopes::use_global(const std::string& name, std::size_t line, bool write, LuaValue value) {
  found_.globals.push_back({name, line, write, in_function(), environments_ > 0, value});
}

LuaPlace LuaScopes::variable(std::string name, std::size_t line) const {
  LuaPlace place;
  place.line = line;
  place.name = std::move(name);
  for (std::size_t at = locals_.size(); at-- > 0;)
    if (locals_[at].name == place.name) {
      place.local = at;
      place.known = locals_[at].known;
      return place;
    }
  place.known.path = place.name;
  return place;
}

void LuaScopes::read(const LuaPlace& place) {
  if (place.member) found_.members.push_back(*place.member);
  if (place.name.empty()) return;
  if (is_environment(place))
    found_.computes_globals = true;
  else if (place.local)
    locals_[*place.local].read = true;
  else
    use_global(place.name, place.line, false);
}

void LuaScopes::write(LuaPlace& place, const KnownValue& known) {
  if (place.member) {
    place.member->write = true;
    found_.members.push_back(*place.member);
  }
  if (place.name.empty()) return;
  if (place.local)
    locals_[*place.local].known = {};
  else if (!is_environment(place))
    use_global(place.name, place.line, true, known.value);
}

void LuaScopes::read_before_suffix(LuaPlace& place) {
  const bool environment = is_environment(place);
  if (!environment) read(place);
  place.of_environment = environment;
  place.member.reset();
  if (environment) return;
  place.name.clear();
  place.local.reset();
}

void LuaScopes::select(LuaPlace& place, const std::string& name, std::size_t line) {
  if (place.of_environment) {  // _ENV.name
    if (name.empty()) found_.computes_globals = true;
    place.name = name;
    place.local.reset();
    place.known = {};
    return;
  }
  if (place.known.library && !name.empty()) place.member = MemberUse{place.known.path, name, line, false};
  if (name.empty() || place.known.path.empty())
    place.known = {};
  else
    place.known = {.path = place.known.path + '.' + name};
}

}  // namespace sluice::script
