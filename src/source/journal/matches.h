/* A handle of sd-journal that sees the entries that a journal source is asked for. */
#pragma once

#include <stdbool.h>

struct journal_options;
struct sd_journal;

/* Open the journal, with its matches. Results as of handle_open. */
int matches_open(const struct journal_options *options, struct sd_journal **ret, int *ret_fd);

/* Whether not all entries are wanted. */
bool matches_are_some(const struct journal_options *options);

/* Let only the wanted entries be seen, and journald's notes about the wanted units. Returns 0 or a
 * negative errno. */
int matches_add(struct sd_journal *journal, const struct journal_options *options);
