// SPDX-License-Identifier: Apache-2.0
#include "output/json_schema.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace sluice::output {
namespace {

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(std::string(SLUICE_SOURCE_DIR) + "/docs/" + file).rdbuf();
  return text.str();
}

TEST(JsonSchema, TheCommittedFileIsTheGeneratedOne) {
  EXPECT_EQ(text_of("ndjson.schema.json"), json_schema()) << "to write the file again: make schema";
}
TEST(JsonSchema, DocsDescribeEachEventAndKey) {
  const std::string page = text_of("ndjson.md");
  const auto schema = nlohmann::json::parse(json_schema());
  for (const auto& kind : schema["oneOf"]) {
    const std::string name = kind["title"];
    EXPECT_NE(page.find('`' + name + '`'), std::string::npos) << name;
    for (const auto& [key, value] : kind["properties"].items())
      EXPECT_TRUE(key.ends_with("_base64") || page.find('`' + key + '`') != std::string::npos) << name << ": " << key;
  }
}

}  // namespace
}  // namespace sluice::output
