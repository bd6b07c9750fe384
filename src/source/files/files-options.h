/* The options of a files source, and its bounds. */
#pragma once

#include "base/yaml/schema.h"

enum {
	FILES_LINE_MAX = 1024 * 1024, /* bytes, line end included; longer lines are cut */
	FILES_MAX = 256 * 1024,       /* files known at once; more are reported and left out */
	FILES_OPEN_MAX = 4096,        /* descriptors; files that are quiet have none, if need be */
	FILES_GLOBS_MAX = 1024,       /* globs of one source, without their braces */
};

enum files_start {
	FILES_START_END,       /* with what is written from now on */
	FILES_START_BEGINNING, /* with the first line of every file */
};

/* "end", "beginning", NULL. */
extern const char *const files_start_names[];

struct files_options {
	/* Globs as of glob(7), absolute: those that are written in braces each by itself, with the
	 * place of the item that they come from. */
	struct text_list paths;
	int start; /* enum files_start: of files that exist at the very first start */
};

/* Read the options from the mapping of a files source. */
schema_read_fn files_options_read;
