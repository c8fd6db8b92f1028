// SPDX-License-Identifier: Apache-2.0
#include "arguments/option_table.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "arguments/command_table.hpp"
#include "arguments/option_rows.hpp"
#include "arguments/parsed.hpp"

namespace sluice::arguments {
namespace {

using ::testing::HasSubstr;

/// Returns the options that are not refused, with the members of families and without the families.
std::vector<const Option*> documented_options() {
  std::vector<const Option*> all;
  for (const OptionSection& section : option_sections())
    for (const OptionRow& row : option_rows(section.options)) all.insert(all.end(), row.begin(), row.end());
  return all;
}

TEST(OptionTable, EveryAcceptedOptionButFamiliesIsDocumented) {
  const auto documented = documented_options();
  for (const Option& option : option_table_of_commands()) {
    if (!option.apply || option.name == "s" || option.name == "P") continue;
    const auto found = std::ranges::find(documented, option.name, [](const Option* other) { return other->name; });
    EXPECT_NE(found, documented.end()) << option.name;
  }
}

TEST(OptionTable, EveryDocumentedOptionHasOneLineOfHelp) {
  for (const Option* option : documented_options()) {
    EXPECT_EQ(option->help.empty(), option->alias) << option->name;
    EXPECT_LT(option->help.size(), 90u) << option->name;
    EXPECT_EQ(option->help.find('`'), std::string_view::npos) << option->name;
    EXPECT_FALSE(option->help.ends_with('.')) << option->name;
  }
}

TEST(OptionTable, RowBeginsWithAText) {
  for (const OptionSection& section : option_sections())
    for (const OptionRow& row : option_rows(section.options)) {
      EXPECT_FALSE(row.front()->text.empty()) << row.front()->name;
      EXPECT_FALSE(row.front()->alias) << row.front()->name;
    }
}

TEST(OptionTable, OnlyRequiredValueHasToHaveAPlaceholder) {
  for (const Option* option : documented_options()) {
    if (option->value.takes == Takes::Value) {
      EXPECT_FALSE(option->value.placeholder.empty()) << option->name;
    }
    if (option->value.takes == Takes::Nothing) {
      EXPECT_TRUE(option->value.placeholder.empty()) << option->name;
    }
  }
}

TEST(OptionTable, EveryWordOfAValueIsRead) {
  std::size_t words = 0;
  for (const Option* option : documented_options())
    for (const Word& word : option->value.words) {
      Draft draft;
      EXPECT_TRUE(option->apply(draft, word.text)) << option->name << ' ' << word.text;
      Draft other;
      EXPECT_FALSE(option->apply(other, std::string(word.text) + "x")) << option->name << " takes any word";
      ++words;
    }
  EXPECT_GT(words, 20u);
}

TEST(OptionTable, EveryMemberOfAFamilyIsReadByIt) {
  for (const Option* option : documented_options()) {
    if (!option->member) continue;
    EXPECT_EQ(find_member(option->name)->name, option->name);
    const std::string spelled = with_dashes(option->name);
    EXPECT_EQ(error({spelled, "a"}), "accepted");
  }
}

TEST(Usage, NamesEveryOptionThatIsAcceptedOnce) {
  const std::string text = usage();
  for (const Option* option : documented_options()) {
    if (option->alias) continue;
    const std::string spelled = with_dashes(option->name);
    std::size_t lines = 0;
    for (std::size_t at = text.find(spelled); at != std::string::npos; at = text.find(spelled, at + 1)) {
      const std::size_t begin = text.rfind('\n', at) + 1;
      const bool in_head = text[begin] == ' ' && text[begin + 2] == '-' && text.find("   ", begin + 2) > at;
      lines += in_head && std::string_view(" ,[\n").find(text[at + spelled.size()]) != std::string_view::npos ? 1 : 0;
    }
    EXPECT_EQ(lines, 1u) << spelled;
  }
}

TEST(Usage, LinesFitIntoATerminal) {
  const std::string text = usage();
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    EXPECT_LE(end, 80u) << rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
}

TEST(Usage, OwnOptionsAreMarked) {
  EXPECT_THAT(usage(), HasSubstr("--socket-slots N *"));
  EXPECT_THAT(usage(), HasSubstr("--resume FILE   "));
  EXPECT_THAT(usage(), HasSubstr("write a table in Markdown (diff)"));
}

TEST(Usage, CommandHasTextOfItsOwn) {
  const std::string text = usage("diff");
  EXPECT_TRUE(text.starts_with("Usage: sluice diff [options] OLD NEW\n\nShows what has changed")) << text;
  EXPECT_THAT(text, HasSubstr("  --by-name  "));
  EXPECT_EQ(text.find("--prune"), std::string::npos);
  EXPECT_EQ(text.find('`'), std::string::npos);
  EXPECT_EQ(usage("nothing"), usage());
}

TEST(OptionTable, OptionOfARunIsUsedIgnoredOrRefusedByExplain) {
  const auto ignored = ignored_by_explain(), refused = refused_by_explain();
  for (const Option* option : documented_options()) {
    if (option->alias || (option->users & users_of(CommandLine::Wish::Run)) == 0) continue;
    const bool used = is_used_by(*option, CommandLine::Wish::Explain);
    const auto of_run = std::ranges::count(ignored, option) + std::ranges::count(refused, option) + (used ? 1 : 0);
    EXPECT_EQ(of_run, option->instead_embedded.empty() || used ? 1 : 0) << option->name;
  }
}

TEST(OptionTable, OtherNameHasTheUsersOfItsOption) {
  const Option* main = nullptr;
  for (const Option* option : documented_options()) {
    if (!option->alias) main = option;
    EXPECT_EQ(option->users, main->users) << option->name;
  }
}

TEST(Usage, ExplainListsOptionsOfARunByTheirEffect) {
  const std::string text = usage("explain");
  EXPECT_THAT(text, HasSubstr("\n  --script RULES "));
  EXPECT_EQ(text.find("\n  --max-rate"), std::string::npos);
  EXPECT_THAT(text, HasSubstr("\nWithout effect, with a warning: --resolve-all, "));
  EXPECT_THAT(text, HasSubstr("--max-rate,"));
  EXPECT_THAT(text, HasSubstr("\nRefused, because they name other targets or another purpose: -iL,"));
}

TEST(Usage, CommandDescribesAnOptionByItsOwnMeaning) {
  EXPECT_THAT(usage("diff"), HasSubstr("\n  --all                     also show what only one run asked\n"));
  EXPECT_THAT(usage("config"), HasSubstr("\n  --all                     also show built-in values\n"));
  EXPECT_THAT(usage(), HasSubstr("also show what only one run asked, or"));
  for (const Option* option : documented_options())
    for (const Meaning& meaning : option->meanings) EXPECT_TRUE(option->users & users_of(meaning.wish)) << option->name;
}

TEST(CommandTable, EveryCommandIsRead) {
  for (const Command& command : command_table()) {
    EXPECT_EQ(arguments::command({std::string(command.name), "x"}).wish, command.wish) << command.name;
    EXPECT_THAT(usage(), HasSubstr("sluice " + std::string(command.name) + ' '));
    EXPECT_FALSE(command.examples.empty()) << command.name;
  }
}

}  // namespace
}  // namespace sluice::arguments
