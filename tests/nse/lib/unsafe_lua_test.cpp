// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class UnsafeLua : public RuntimeFixture {
 protected:
  /// Returns the error that `call` raises.
  std::string error_of(const std::string& call) {
    return act("return select(2, pcall(function() return " + call + " end))");
  }
  void expect_refused(const std::string& name, const std::string& call) {
    EXPECT_THAT(error_of(call), AllOf(HasSubstr(name + " is refused"), HasSubstr("--unsafe-lua"))) << call;
  }
};

TEST_F(UnsafeLua, UnsafeFunctionsAreRefusedByName) {
  expect_refused("string.dump", "string.dump(print)");
  expect_refused("string.dump", "(''):dump()");
  expect_refused("os.setlocale", "os.setlocale('C')");
  expect_refused("package.loadlib", "package.loadlib('libc.so.6', 'abort')");
  for (const std::string name :
       {"sethook", "gethook", "setmetatable", "getmetatable", "getregistry", "getlocal", "setlocal", "getupvalue",
        "setupvalue", "upvalueid", "upvaluejoin", "getuservalue", "setuservalue", "setcstacklimit", "debug"})
    expect_refused("debug." + name, "debug." + name + "()");
  expect_refused("debug.sethook", "require('debug').sethook()");
}

TEST_F(UnsafeLua, OptionAllowsUnsafeFunctions) {
  options.unsafe_lua = true;
  EXPECT_EQ(act("return type(debug.getregistry()) .. type(package.loadlib('libc.so.6', 'abort')) .. "
                "type(debug.gethook) .. os.setlocale('C') .. load(string.dump(function() return 5 end))()"),
            "tablefunctionfunctionC5");
}

TEST_F(UnsafeLua, TracebackAndGetinfoAreAllowed) {
  EXPECT_EQ(act(R"(
    local function here() return debug.getinfo(2, 'nSl').currentline end
    local line = here()
    return ('%d %s %s %s'):format(line - debug.getinfo(1, 'l').currentline, debug.getinfo(1).func ~= nil,
                                  debug.getinfo(print).what, debug.traceback('m'):match('^m\nstack traceback:')))"),
            "-1 true C m\nstack traceback:");
}

/// While a script is loaded, a C function of the engine is on its stack. It takes a pointer as argument.
TEST_F(UnsafeLua, EngineFunctionsOnStackAreUnreachable) {
  EXPECT_EQ(load("reaches", R"(
    for number = 0, 20 do
      for _, level in ipairs {number, tostring(number), number + 0.0} do
        local info = debug.getinfo(level)
        if info and info.what == 'C' and info.func then pcall(info.func, io.stdout) error 'reached one' end
        local called = info and debug.getinfo(level, 'f').func
        if called and info.what == 'C' then error 'reached one' end
      end
    end
    portrule = function() end action = portrule)"),
            "");
}

TEST_F(UnsafeLua, EveryLoadFunctionRefusesBinaryChunks) {
  EXPECT_EQ(act(R"(
    local path = os.tmpname()
    local file <close> = assert(io.open(path, 'w'))
    file:write('\27Lua') file:flush()
    local function refused(f, ...)
      local _, first, second = pcall(f, ...)
      return tostring((second or first):find('--unsafe-lua', 1, true) ~= nil)
    end
    local function pieces() local text = '\27Lua' return function() local now = text text = nil return now end end
    package.path = path
    local results = {refused(load, '\27Lua'), refused(load, '\27Lua', 'x', 'b'), refused(load, pieces()),
                     refused(loadfile, path), refused(dofile, path), refused(require, 'anything'),
                     select(2, load('\27Lua', 'x', 't'))}
    os.remove(path)
    return table.concat(results, ' '))"),
            "true true true true true true attempt to load a binary chunk (mode is 't')");
}

// ---- C modules.

class CModule : public UnsafeLua {
 protected:
  void SetUp() override {
    UnsafeLua::SetUp();
    std::filesystem::copy_file(SLUICE_TEST_C_MODULE, directory + "/sluice_test_module.so");
  }
  /// Sets package.cpath, then requires the module `name`. Returns the type of the module, or the error.
  std::string require(const std::string& name) {
    return act("package.cpath = '" + directory + "/?.so;./?.so' local ok, module = pcall(require, '" + name +
               "') return ok and type(module) or module");
  }
};

TEST_F(CModule, ModuleOfDistributionIsLoaded) {
  if (!std::filesystem::exists("/usr/lib/x86_64-linux-gnu/lua/5.4/cjson.so"))
    GTEST_SKIP() << "needs the Debian package lua-cjson";
  EXPECT_EQ(act("return require 'cjson'.encode({1, 2, {a = 'b'}})"), R"([1,2,{"a":"b"}])");
  EXPECT_EQ(act("return tostring(pcall(require 'cjson'.decode, '['))"), "false") << "its errors are caught";
}

TEST_F(CModule, ModuleBelowUsrLocalIsLoaded) {
  const std::filesystem::path folder = "/usr/local/lib/lua/5.4";
  const std::string name = "v" + std::to_string(::getpid()) + "-sluice_test_module";
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (!std::filesystem::copy_file(SLUICE_TEST_C_MODULE, folder / (name + ".so"), failure))
    GTEST_SKIP() << folder << ": " << failure.message();
  EXPECT_EQ(require(name), "table");
  EXPECT_EQ(act("package.cpath = nil return type(require '" + name + "')"), "table");
  std::filesystem::remove(folder / (name + ".so"));
}

TEST_F(CModule, ModuleBesideScriptIsRefusedByName) {
  EXPECT_THAT(require("sluice_test_module"),
              AllOf(HasSubstr("C module '" + directory + "/sluice_test_module.so' is refused"),
                    HasSubstr("--unsafe-lua"), HasSubstr("no file '/usr/local/lib/lua/5.4/sluice_test_module.so'")));
  EXPECT_THAT(require("sluice_test_module.part"), HasSubstr("is refused"));
}

TEST_F(CModule, MissingModuleIsNotReportedAsRefused) {
  EXPECT_THAT(require("no_such_module"), AllOf(HasSubstr("not found"), Not(HasSubstr("refused"))));
}

TEST_F(CModule, ModuleNameAddsNoSearchPlace) {
  std::filesystem::copy_file(SLUICE_TEST_C_MODULE, directory + "/plain");
  EXPECT_THAT(require(";" + directory + "/plain;-sluice_test_module"), HasSubstr("not found"));
  EXPECT_EQ(act("package.searchers = nil return tostring(pcall(require, 'sluice_test_module'))"), "false");
}

TEST_F(CModule, OptionAllowsModulesOfAnyPlace) {
  options.unsafe_lua = true;
  EXPECT_EQ(require("sluice_test_module"), "table");
  EXPECT_THAT(require("sluice_test_module.part"), HasSubstr("no module 'sluice_test_module.part' in file"));
}

TEST_F(CModule, EnvironmentVariableAddsNoSearchPlace) {
  ::setenv("LUA_CPATH_5_4", (directory + "/?.so;;").c_str(), 1);
  make();
  ::unsetenv("LUA_CPATH_5_4");
  EXPECT_THAT(act("return select(2, pcall(require, 'sluice_test_module'))"), HasSubstr("is refused"));
}

}  // namespace
}  // namespace sluice::nse
