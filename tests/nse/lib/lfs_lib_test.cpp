// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/lfs_lib.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/lua_fixture.hpp"

namespace sluice::nse {
namespace {

class Lfs : public lua::LuaFixture {
 protected:
  Lfs() {
    open(open_lfs, "lfs");
    std::string name = ::testing::TempDir() + "lfs_test_XXXXXX";
    root_ = mkdtemp(name.data());
    std::ofstream(root_ / "a") << "a";
    std::ofstream(root_ / "b") << "b";
    lua_pushstring(L(), root_.c_str());
    lua_setglobal(L(), "root");
    run("function message(f, ...) return select(2, pcall(f, ...)) end");
  }
  ~Lfs() override { std::filesystem::remove_all(root_); }

  std::filesystem::path root_;
};

TEST_F(Lfs, DirIteratesOverAllNames) {
  EXPECT_EQ(run("local t = {} for n in lfs.dir(root) do t[#t + 1] = n end table.sort(t) return table.concat(t, ' ')"),
            ". .. a b");
}

TEST_F(Lfs, DirectoryIsClosedAtEndOrByClose) {
  EXPECT_THAT(run("local f, d = lfs.dir(root) repeat until not f(d) f(d)"), ::testing::HasSubstr("closed directory"));
  EXPECT_THAT(run("local f, d = lfs.dir(root) d:next() d:close() d:close() d:next()"),
              ::testing::HasSubstr("closed directory"));
}

TEST_F(Lfs, UnopenableDirectoryIsErrorWithReason) {
  EXPECT_EQ(run("return message(lfs.dir, '/no/such/place')"), "cannot open /no/such/place: No such file or directory");
  EXPECT_THAT(run("return message(lfs.dir, root .. '/a')"), ::testing::HasSubstr("Not a directory"));
}

TEST_F(Lfs, DirectoriesAreCreatedAndRemoved) {
  EXPECT_EQ(run("return lfs.mkdir(root .. '/x')"), "true");
  EXPECT_TRUE(std::filesystem::is_directory(root_ / "x"));
  EXPECT_EQ(run("return lfs.mkdir(root .. '/x')"), "nil|File exists");
  EXPECT_EQ(run("return lfs.rmdir(root .. '/x')"), "true");
  EXPECT_EQ(run("return lfs.rmdir(root .. '/x')"), "nil|No such file or directory");
}

TEST_F(Lfs, LinkIsHardUnlessSymbolicIsRequested) {
  EXPECT_EQ(run("return lfs.link(root .. '/a', root .. '/hard'), lfs.link('a', root .. '/soft', true)"), "true|true");
  EXPECT_EQ(std::filesystem::hard_link_count(root_ / "hard"), 2u);
  EXPECT_EQ(std::filesystem::read_symlink(root_ / "soft"), "a");
  EXPECT_EQ(run("return lfs.link(root .. '/a', root .. '/b')"), "nil|File exists|17");
}

TEST_F(Lfs, ArgumentsOfAWrongTypeAreErrors) {
  for (const char* call : {"lfs.dir", "lfs.mkdir, {}", "lfs.rmdir", "lfs.link", "lfs.link, 'a'", "(lfs.dir(root))",
                           "(lfs.dir(root)), io.stdout"})
    EXPECT_THAT(run(std::string("return message(") + call + ")"), ::testing::HasSubstr("bad argument #")) << call;
}

TEST_F(Lfs, SeparatorAndVersionAreConstant) {
  EXPECT_EQ(run("return lfs.get_path_separator(), lfs._VERSION"), "/|LuaFileSystem 1.5.0");
}

TEST_F(Lfs, FailedAllocationLeavesStateIntact) {
  sweep("for n in lfs.dir(root) do end");
  sweep("return pcall(lfs.dir, '/no/such/place' .. os.clock())");
  sweep("return lfs.rmdir(root .. '/none' .. os.clock())");
}

}  // namespace
}  // namespace sluice::nse
