/* The positions that were saved when the source ran last. Each becomes a file of the table that is
 * not open, like one that was closed because it was quiet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct followed_table;
struct reports;
struct source_position;
struct text;

struct saved {
	uint64_t *paths; /* hashes of the paths of the positions, sorted; NULL = not needed */
	size_t n_paths;
	bool ran_before;       /* it is not the very first start */
	uint64_t last_started; /* CLOCK_REALTIME, microseconds */
};

/* Put the files of the `n` positions into the table. reached: as of files_source_new. A position
 * that cannot be read is noted in the reports and is to be forgotten. Returns 0 or -ENOMEM. */
int saved_load(struct saved *saved, const struct source_position *positions,
	const struct text *reached, size_t n, struct followed_table *table,
	struct reports *reports);

/* Whether a file had its position saved under this name, so that another file that has the name now
 * came after that. */
bool saved_has_path(const struct saved *saved, const char *path);

/* Free what is needed only while the files of the start are found. */
void saved_done(struct saved *saved);
