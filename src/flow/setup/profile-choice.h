/* Which profiles a list of names means. `all` means every profile that is there, but those with
 * `default: no`; other names may stand beside it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "base/yaml/schema.h"

struct diag;
struct library;
struct library_file;
struct profile;

#define PROFILE_CHOICE_ALL "all"

/* Whether a profile is asked for by its file: its name holds a slash. */
bool choice_is_path(struct text name);

/* The profile with this name or file; NULL where there is none. */
const struct profile *choice_find(const struct library *library, struct text name);

/* Choose the profiles of the list, each once: in the order of the list, and those of `all` in the
 * order of the library. `*ret` is a new array of `*ret_n` profiles, one at least. Returns 0;
 * -ENOENT with the first name that no profile has in `ret_missing`, or `all` where it means none;
 * -ENOMEM.
 */
int choice_make(const struct library *library, const struct text_list *names,
	struct text *ret_missing, const struct profile ***ret, size_t *ret_n);

/* Whether the list names the profile of a file, or, where it could not be read, one with the name
 * of the file. `all` names none. */
bool choice_names_file(const struct text_list *names, const struct library_file *file);

/* Whether `all` may mean this profile. */
bool choice_is_default(const struct profile *profile);

/* The next pattern or column of a profile that requires less than PROFILE_REQUIRES_MIN bytes, which
 * keeps it from being a default profile. `*at` starts at 0. Returns whether there is one. */
bool choice_next_short(const struct profile *profile, size_t *at, struct place *ret_place);

/* Whether `all` is in the list. */
bool choice_has_all(const struct text_list *names);

/* Add an error, or a warning, for each text that is too short and keeps a profile without
 * `default: no` from being a default one. */
void choice_report_short(const struct library *library, bool as_warnings, struct diag *diag);

/* Add an error for each name that no profile has. */
void choice_check(const struct library *library, const struct text_list *names, struct diag *diag);
