/* The context of causes: what a line says of its call, by the `context:` of the profiles whose
 * causes it has. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"

struct pattern;
struct record;

/* Where a line shows one fact of its call: behind a key, or as the first group of an expression. */
struct context_entry {
	struct text key; /* empty: an expression */
	struct text regex;
	struct pattern *pattern;
	struct place place;
};

/* A fact of the call, and where a line may show it. */
struct context_name {
	struct text name; /* [a-z]{1,16} */
	struct context_entry *entries;
	size_t n_entries;
	struct place place;
};

/* The facts that one profile names. */
struct context_of {
	struct text profile; /* its name, which the findings borrow */
	const struct context_name *names;
	size_t n_names;
};

/* Units of work (cause/search/pattern.h) for all expressions on one text. */
enum { CONTEXT_WORK_MAX = 32 * 1024 * 1024 };

struct context;

/* Build the search; what `owners` point to must outlive it. Returns 0, -E2BIG when their contexts
 * have more keys than SCAN_LITERALS_MAX, -ENOMEM. */
int context_new(const struct context_of *owners, size_t n, struct context **ret);

/* Accepts NULL, returns NULL. */
struct context *context_free(struct context *context);
CLEANUP_DEFINE(struct context *, context_free);

/* Find the facts that the profiles of the record's findings name: in its MESSAGE, then in its
 * SYSLOG_STRUCTURED_DATA. Of several entries of one name the first that finds a value counts, and
 * of several values the first in the text. Where two profiles have one name, the one whose cause
 * comes first counts. A fact that touches a cut of the message is left out, and counted in
 * `n_facts_left`. */
void context_find(struct context *context, struct record *record);
