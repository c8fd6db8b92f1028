// SPDX-License-Identifier: Apache-2.0
#include "arguments/json_arguments.hpp"

#include <gmock/gmock.h>

#include "arguments/parse_options.hpp"

namespace sluice::arguments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> arguments(std::string_view document) {
  auto result = arguments_from_json(document);
  EXPECT_TRUE(result) << result.error().message;
  return result ? *result : std::vector<std::string>{};
}

/// Why a document is refused, by its form or by the reading of its options.
std::string refusal(std::string_view document) {
  auto result = arguments_from_json(document);
  if (!result) return result.error().message;
  result->insert(result->begin(), "sluice");
  const auto line = parse_options(*result, {}, Reader::Embedded);
  return line ? "accepted" : line.error().message;
}

TEST(JsonArguments, KeysAreOptionNamesWithoutDashes) {
  EXPECT_THAT(arguments(R"({"p": "22,80", "n": true, "sV": true, "Pn": true, "T": 4, "targets": ["127.0.0.1"]})"),
              ElementsAre("-p", "22,80", "-n", "-sV", "-Pn", "-T", "4", "127.0.0.1"));
  EXPECT_THAT(arguments(R"({"script-args": "a=1", "iL": "f", "top-ports": 10, "max-rate": 0.5})"),
              ElementsAre("--script-args", "a=1", "-iL", "f", "--top-ports", "10", "--max-rate", "0.5"));
  EXPECT_THAT(arguments(R"({"shard": "2/8", "max-time": "30m"})"), ElementsAre("--shard", "2/8", "--max-time", "30m"));
}

TEST(JsonArguments, OptionalValueIsAttached) {
  EXPECT_THAT(arguments(R"({"v": 2, "d": true, "verbose": 3, "PS": "22,80", "PA": true})"),
              ElementsAre("-v2", "-d", "--verbose=3", "-PS22,80", "-PA"));
}

TEST(JsonArguments, MemberOfOptionFamilyIsKey) {
  EXPECT_THAT(arguments(R"({"sCV": true, "s": "U", "T4": true, "P": "E"})"),
              ElementsAre("-sCV", "-s", "U", "-T4", "-PE"));
  EXPECT_NE(refusal(R"({"p5": true})"), "");
  EXPECT_NE(refusal(R"({"d": true, "d2": true})"), "");
  EXPECT_EQ(refusal(R"({"sq": true})"), "-sq: unknown scan type; the scan types are -sT, -sU, -sV, -sC, -sL and -sn");
}

TEST(JsonArguments, ArrayRepeatsOption) {
  EXPECT_THAT(arguments(R"({"script": ["a", "b"], "v": [true, true], "exclude": []})"),
              ElementsAre("--script", "a", "--script", "b", "-v", "-v"));
  EXPECT_EQ(refusal(R"({"p": ["1", "2"]})"), "-p: is given twice; put all values into one option");
}

TEST(JsonArguments, FalseOmitsOption) { EXPECT_THAT(arguments(R"({"sV": false, "p": false})"), IsEmpty()); }

TEST(JsonArguments, AbbreviatedKeyIsResolved) {
  EXPECT_THAT(arguments(R"({"max-p": 5})"), ElementsAre("--max-parallelism", "5"));
  EXPECT_THAT(refusal(R"({"max-r": 5})"), StartsWith("--max-r: is ambiguous; it may mean --max-retries, "));
}

TEST(JsonArguments, ValueMayLookLikeOption) {
  EXPECT_THAT(arguments(R"({"p": "-", "script": "-sV"})"), ElementsAre("-p", "-", "--script", "-sV"));
  EXPECT_THAT(arguments(R"({"targets": ["-sn", "a"]})"), ElementsAre("--", "-sn", "a"));
}

TEST(JsonArguments, UnknownKeyErrorSuggestsClosestOption) {
  EXPECT_EQ(refusal(R"({"scripts": "a"})"), "--scripts: unknown option; did you mean --script?");
  EXPECT_EQ(refusal(R"({"vhost": true})"), "--vhost: unknown option; sluice -h lists the options");
  EXPECT_EQ(refusal(R"({"Q": true})"), "-Q: unknown option; sluice -h lists the options");
  EXPECT_EQ(refusal(R"({"": true})"), "-: unknown option; sluice -h lists the options");
  EXPECT_EQ(refusal(R"({"--script": "a"})"), "--script: leave out the dashes in a JSON document");
}

TEST(JsonArguments, ValueOfWrongTypeIsRefused) {
  EXPECT_EQ(refusal(R"({"p": true})"), "-p: needs a value");
  EXPECT_EQ(refusal(R"({"script": true, "n": true})"), "--script: needs a value");
  EXPECT_EQ(refusal(R"({"n": "x"})"), "-n: takes no value");
  EXPECT_EQ(refusal(R"({"open": 1})"), "--open: takes no value");
  for (const char* const wrong : {"null", "{}", "[[1]]", "[null]"})
    EXPECT_EQ(refusal(R"({"p": )" + std::string(wrong) + "}"),
              "-p: the value must be a boolean, a number, a string or an array of these");
  EXPECT_EQ(refusal(R"({"p": "2\u00002"})"), "-p: the value has a NUL character");
  EXPECT_EQ(refusal(R"({"max-retries": "x"})"), "--max-retries: \"x\" is not a whole number");
  EXPECT_EQ(refusal(R"({"max-retries": 1.5})"), "--max-retries: \"1.5\" is not a whole number");
  for (const char* const wrong : {"\"a\"", "[1]", "{}", "null"})
    EXPECT_EQ(refusal(R"({"targets": )" + std::string(wrong) + "}"), "targets: must be an array of strings");
}

TEST(JsonArguments, InvalidDocumentIsRefused) {
  EXPECT_THAT(refusal("{"), StartsWith("the JSON document: parse error at line 1, column 2: "));
  EXPECT_THAT(refusal(""), StartsWith("the JSON document: parse error at line 1, column 1: "));
  EXPECT_THAT(refusal(R"({"max-rate": 1e999})"), StartsWith("the JSON document: "));
  EXPECT_THAT(refusal("{\"p\": \"\xFF\"}"), StartsWith("the JSON document: parse error"));
  EXPECT_EQ(refusal("[]"), "the JSON document is not an object");
  EXPECT_EQ(refusal(R"({"p": "1", "n": true, "p": "2"})"),
            "the JSON document has 'p' twice; put the values into an array");
}

TEST(JsonArguments, DeeplyNestedValueIsRefused) {
  EXPECT_EQ(refusal("{\"p\": " + std::string(200'000, '[') + std::string(200'000, ']') + "}"),
            "-p: the value must be a boolean, a number, a string or an array of these");
}

TEST(EmbeddedReader, TerminalAndReportOptionsAreRefusedByName) {
  const std::string kReports = "there are no report files; write the events that the callback receives";
  for (const char* const output : {"oN", "oX", "oG", "oM", "oA", "oJ"})
    EXPECT_EQ(refusal("{\"" + std::string(output) + "\": \"f\"}"), "-" + std::string(output) + ": " + kReports);
  EXPECT_EQ(refusal(R"({"append-output": true})"), "--append-output: there are no report files; leave it out");
  EXPECT_EQ(refusal(R"({"stylesheet": "x"})"), "--stylesheet: there are no report files; leave it out");
  EXPECT_EQ(refusal(R"({"no-stylesheet": true})"), "--no-stylesheet: there are no report files; leave it out");
  EXPECT_EQ(refusal(R"({"webxml": true})"), "--webxml: there are no report files; leave it out");
  EXPECT_EQ(refusal(R"({"color": "always"})"), "--color: there is no terminal; leave it out");
  EXPECT_EQ(refusal(R"({"h": true})"), "-h: there is no terminal; see docs/options.md");
  EXPECT_EQ(refusal(R"({"V": true})"), "-V: there is no terminal; use sluice_version()");
  EXPECT_EQ(refusal(R"({"iflist": true})"), "--iflist: there is no terminal; use ip address and ip route");
  EXPECT_THAT(refusal(R"({"resume": "f"})"), StartsWith("--resume: there is no journal; use sluice::Journal"));
  EXPECT_EQ(refusal(R"({"v": 2, "noninteractive": true})"), "accepted");
  EXPECT_EQ(refusal("{}"), "accepted");
}

}  // namespace
}  // namespace sluice::arguments
