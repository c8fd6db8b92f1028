// SPDX-License-Identifier: Apache-2.0
#include "manual/mdoc.hpp"

#include <gtest/gtest.h>

namespace sluice::manual {
namespace {

TEST(Mdoc, SentenceBeginsALine) { EXPECT_EQ(to_mdoc("One. Two (three.) Four"), "One.\nTwo (three.)\nFour\n"); }

TEST(Mdoc, LongLineIsDividedBetweenWords) {
  std::string words;
  for (int count = 0; count < 30; ++count) words += "word ";
  EXPECT_EQ(to_mdoc(words).find('\n'), 74u);
}

TEST(Mdoc, CodeBecomesMacroWithItsPunctuation) {
  EXPECT_EQ(to_mdoc("use `-Pn`, or"), "use\n.Fl \\&Pn ,\nor\n");
  EXPECT_EQ(to_mdoc("(`-sTU`, `text`)."), ".Fl ( sTU ,\n.Ql text ) .\n");
  EXPECT_EQ(to_mdoc("`NMAPDIR` and `~/.nmap`"), ".Ev NMAPDIR\nand\n.Pa ~/.nmap\n");
}

TEST(Mdoc, OptionHasItsValue) {
  EXPECT_EQ(option_macro("--max-rate N"), "Fl \\-max\\-rate Ar N");
  EXPECT_EQ(option_macro("-PS[PORTS]"), "Fl PS Ns Oo Ar PORTS Oc");
  EXPECT_EQ(option_macro("--verbose[=LEVEL]"), "Fl \\-verbose Ns Oo = Ns Ar LEVEL Oc");
}

TEST(Mdoc, NoCharacterOfATextIsAnInstruction) {
  EXPECT_EQ(to_mdoc(".nse is \"a\\b\" \u2264"), "\\&.nse is \\(dqa\\eb\\(dq \\[u2264]\n");
  EXPECT_EQ(macro_words("Fl QUITTING! -"), "\\&Fl QUITTING!\\& \\&\\-");
}

TEST(Mdoc, LinkInParenthesesIsLeftOut) {
  EXPECT_EQ(to_mdoc("probes ([a.md](a.md)), `x[y]` and [b](#b)"), "probes,\n.Ql x[y]\\&\nand b\n");
}

TEST(Mdoc, SentencesEndWithAFullStop) {
  EXPECT_EQ(sentences("reads `a`"), "reads\n.Ql a .\n");
  EXPECT_EQ(sentences("Reads."), "Reads.\n");
}

}  // namespace
}  // namespace sluice::manual
