/* The journal source: entries of the systemd journal, in order, from a position on. The source
 * looks at an entry in one pass over its fields, and copies it only if the probe wants it. It skips
 * output of becaused itself, by fields that journald vouches for. */
#pragma once

#include "source/source.h"

struct journal_options;

/* Open the journal behind `position`, or by options->start when it is empty. `own_unit` is the unit
 * whose main process this is, NULL for none. `name`, `options` and `own_unit` must outlive the
 * source. A journal that holds nothing, or nothing that may be read, is no error but a warning.
 * Returns 0 or a negative errno: -ENOENT for a directory that is not there, -EADDRNOTAVAIL for a
 * position that is not valid. */
int journal_source_new(const char *name, const struct journal_options *options,
	struct source_probe probe, const char *own_unit, struct text position, struct source **ret);
