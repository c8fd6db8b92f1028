/* SPDX-License-Identifier: Apache-2.0 */
/* scan ARGUMENT...: runs sluice with the arguments of a command line and prints each event as it comes. Ctrl-C stops
   the run in order. */

#include <signal.h>
#include <sluice/sluice.h>
#include <stdio.h>

static sluice_engine* engine;

static void on_interrupt(int signal_number) {
  (void)signal_number;
  sluice_stop(engine);
}

static int on_event(void* user, const char* line, size_t length) {
  (void)length;
  /* Another value than 0 stops the run. */
  return fprintf(user, "%s\n", line) < 0 || fflush(user) != 0;
}

int main(int argc, char** argv) {
  const char* const* arguments = (const char* const*)argv + 1;
  if (sluice_create_from_arguments(argc - 1, arguments, 0, on_event, stdout, &engine) != SLUICE_OK) {
    fprintf(stderr, "%s\n", sluice_last_error());
    return 2;
  }
  const char* warning;
  for (size_t index = 0; (warning = sluice_warning(engine, index)) != NULL; ++index)
    fprintf(stderr, "warning: %s\n", warning);

  signal(SIGINT, on_interrupt);
  const sluice_end end = sluice_run(engine);
  signal(SIGINT, SIG_DFL);
  if (end != SLUICE_FINISHED) fprintf(stderr, "%s\n", sluice_error_message(engine));
  sluice_destroy(engine);
  return end == SLUICE_FINISHED ? 0 : 1;
}
