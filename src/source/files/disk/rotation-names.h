/* The names that a rotation gives: A.log becomes A.log.1, A.log-20260801, A-1.log or A.log.old.
 * Content alone proves nothing: two files may hold the same lines. So only a file with such a name
 * can be a copy of the file that has the original name. */
#pragma once

#include <stdbool.h>

enum { ROTATION_NAMES_MAX = 8 }; /* original names that one name may come from */

typedef void rotation_name_fn(const char *original, void *userdata);

/* Visit the paths of the files that a rotation may have named `path`, in the same directory, the
 * longest first; at most ROTATION_NAMES_MAX. Compressed names (A.log.1.gz) count as well. */
void rotation_names_visit(const char *path, rotation_name_fn *visit, void *userdata);

/* Whether a rotation may have given the name at `path` to the file that was `original`, or to a
 * copy of it. */
bool rotation_names_match(const char *original, const char *path);

/* Visit the paths that the file may have had which is compressed at `path`: A.log.3 of A.log.3.gz,
 * and A.log.2, A.log.1 and A.log.0, because later rotations count up. At most ROTATION_NAMES_MAX;
 * none if the name is not that of a compressed file. */
void rotation_names_visit_compressed(const char *path, rotation_name_fn *visit, void *userdata);
