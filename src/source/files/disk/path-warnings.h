/* Warnings for people who check a configuration: paths that match nothing, and files that cannot be
 * read. */
#pragma once

struct diag;
struct text_list;

/* Look for the files that these globs of a source match now. Warn, at the place of a glob, if there
 * is none; if all that match are compressed, and so ignored; and of the first file or directory
 * that this process may not read, with the number of others. The whole search is done at once.
 * Returns 0 or -ENOMEM. */
int path_warnings_add(const char *source, const struct text_list *globs, struct diag *diag);
