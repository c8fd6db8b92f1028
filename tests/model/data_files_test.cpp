// SPDX-License-Identifier: Apache-2.0
#include "model/data_files.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace sluice::model {
namespace {

namespace fs = std::filesystem;

class DataFiles : public ::testing::Test {
 protected:
  DataFiles() {
    std::string name = (fs::temp_directory_path() / "sluice-data-XXXXXX").string();
    root_ = fs::canonical(mkdtemp(name.data())).string();
    places_.installed = root_ + "/installed";
  }
  ~DataFiles() override { fs::remove_all(root_); }

  std::string write(const std::string& name, const std::string& content = "x") {
    const fs::path path = root_ + "/" + name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return path.string();
  }

  std::string root_;
  DataPlaces places_;
};

TEST_F(DataFiles, EarlierPlaceTakesPrecedence) {
  places_.datadir = root_ + "/datadir";
  places_.environment = root_ + "/environment/";
  places_.homes = {root_ + "/home", root_ + "/effective"};
  places_.executable_directory = root_ + "/bin";
  fs::create_directories(places_.executable_directory);
  const model::DataFiles files(places_);
  EXPECT_FALSE(files.find("nmap-services"));
  for (const char* path :
       {"installed/nmap-services", "share/nmap/nmap-services", "bin/nmap-services", "effective/.nmap/nmap-services",
        "home/.nmap/nmap-services", "environment/nmap-services", "datadir/nmap-services"}) {
    const std::string written = write(path);
    const auto found = files.find("nmap-services");
    ASSERT_TRUE(found) << path;
    EXPECT_TRUE(fs::equivalent(*found, written)) << *found;
  }
}

TEST_F(DataFiles, FileMissingInDatadirIsFoundInInstalledPlace) {
  places_.datadir = root_ + "/datadir";
  write("datadir/other");
  EXPECT_EQ(model::DataFiles(places_).find("nselib/http.lua"), std::nullopt);
  const std::string path = write("installed/nselib/http.lua");
  EXPECT_EQ(model::DataFiles(places_).find("nselib/http.lua"), path);
  EXPECT_EQ(model::DataFiles(places_).find_directory_of("nselib/http.lua"), root_ + "/installed");
}

TEST_F(DataFiles, DirectoryDoesNotHideFile) {
  places_.datadir = root_ + "/datadir";
  write("datadir/scripts/a.nse");
  const std::string file = write("installed/scripts");
  EXPECT_EQ(model::DataFiles(places_).find("scripts"), root_ + "/datadir/scripts");
  EXPECT_EQ(model::DataFiles(places_).find_file("scripts"), file);
}

TEST_F(DataFiles, ServicesFileOptionIsOnlyPlaceForServices) {
  write("installed/nmap-services");
  places_.services_file = root_ + "/mine";
  EXPECT_FALSE(model::DataFiles(places_).find("nmap-services"));
  const std::string mine = write("mine");
  EXPECT_EQ(model::DataFiles(places_).find("nmap-services"), mine);
  EXPECT_FALSE(model::DataFiles(places_).find("nmap-payloads"));
}

TEST_F(DataFiles, CachedScriptDatabaseAppliesToInstalledScriptsOnly) {
  places_.cache = root_ + "/cache";
  EXPECT_FALSE(model::DataFiles(places_).cached_script_database());
  const std::string installed = write("installed/scripts/script.db");
  write("cache/nmap-services");
  EXPECT_EQ(model::DataFiles(places_).find("scripts/script.db"), installed);
  const auto cached = model::DataFiles(places_).cached_script_database();
  ASSERT_TRUE(cached);
  write(fs::relative(*cached, root_).string());
  EXPECT_EQ(model::DataFiles(places_).find("scripts/script.db"), cached);
  EXPECT_FALSE(model::DataFiles(places_).find("nmap-services"));

  places_.datadir = root_ + "/datadir";
  const std::string own = write("datadir/scripts/script.db");
  EXPECT_EQ(model::DataFiles(places_).find("scripts/script.db"), own);
}

TEST(ProcessDataPlaces, ExecutableDirectoryExists) {
  EXPECT_TRUE(fs::is_directory(process_data_places(true).executable_directory));
}

}  // namespace
}  // namespace sluice::model
