/* A handle of sd-journal that finds only the entries that a journal source asks for. */
#pragma once

#include <stdbool.h>

struct journal_options;
struct sd_journal;

/* Open the journal, with its matches. Results as of handle_open. */
int matches_open(const struct journal_options *options, struct sd_journal **ret, int *ret_fd);

/* Whether only some entries are wanted. */
bool matches_are_some(const struct journal_options *options);

/* Let the handle find only the wanted entries, and journald's notes about the wanted units. Returns
 * 0 or a negative errno. */
int matches_add(struct sd_journal *journal, const struct journal_options *options);
