// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

constexpr std::string_view kNoJournal = "there is no journal; use sluice::Journal, or keep the events";

constexpr Word kSyncs[] = {{"full", "a commit survives a power cut (the default)"},
                           {"normal", "a commit survives the end of the process"}};

std::string built_in_sync(const CommandLine& line) {
  return line.journal_sync == JournalOptions::Sync::Full ? "full" : "normal";
}

constexpr Option kJournalOptions[] = {
    {.name = "journal",
     .value = kFile,
     .own = true,
     .users = users_of(Wish::Run, Wish::Merge),
     .choices = choices_of(Choice::Journal),
     .apply = journal,
     .help = "keep all events in FILE, of which convert makes reports",
     .text = "keeps the events of the run in a file ([journal.md](journal.md))",
     .instead_embedded = kNoJournal,
     .instead_in_settings = kOfOneRun},
    {.name = "journal-sync",
     .value = one_of("full|normal", kSyncs),
     .own = true,
     .users = users_of(Wish::Run, Wish::Merge),
     .resumable = true,
     .apply = journal_sync,
     .help = "when a commit of the journal counts",
     .text = "a commit of the journal counts when the disk has it (`full`, the default), or when the system has it "
             "(`normal`)",
     .instead_embedded = kNoJournal,
     .built_in = built_in_sync},
    {.name = "no-journal",
     .own = true,
     .choices = choices_of(Choice::Journal),
     .apply = no_journal,
     .help = "do not keep this run in the history",
     .text =
         "does not keep a run of more than three seconds in the history ([journal.md](journal.md#without---journal)); "
         "excludes `--journal`",
     .instead_embedded = "there is no journal; leave it out"},
    {.name = "resume",
     .value = kJournal,
     .resumable = true,
     .apply = resume,
     .help = "continue the run of a journal",
     .text =
         "continues the run of a journal, or of a text or grepable report of Nmap ([resume.md](resume.md)). Options "
         "that may change are given with it.",
     .instead_embedded = "there is no journal; use sluice::Journal::resume and Options::earlier",
     .instead_in_settings = kOfOneRun},
    {.name = "resume-within",
     .value = kTime,
     .own = true,
     .resumable = true,
     .apply = resume_within,
     .help = "with --resume: how long what is known of a host holds",
     .text = "with `--resume`: an unfinished host starts again if what is known of it is older; the default is 24h",
     .instead_embedded = "there is no journal; use JournalOptions::keep_states",
     .instead_in_settings = kOfOneRun},
};

}  // namespace

const OptionSection kJournalsSection{"Journals", "", kJournalOptions};

}  // namespace sluice::arguments
