/* A profile that requires less than PROFILE_REQUIRES_MIN bytes would be tried on nearly every line:
 * it is used only where it is named. */
#include "config.h"

#include "flow/setup/profile-choice.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cause/profile.h"
#include "flow/setup/library.h"

static bool is_all(struct text name)
{
	return text_equal(name, text_of(PROFILE_CHOICE_ALL));
}

bool choice_is_path(struct text name)
{
	return memchr(name.data, '/', name.len) != NULL;
}

const struct profile *choice_find(const struct library *library, struct text name)
{
	const struct library_file *file;

	if (!choice_is_path(name))
		return library_find_profile(library, name);
	file = library_find_file(library, name.data);
	return file ? file->profile : NULL;
}

bool choice_next_short(const struct profile *profile, size_t *at, struct place *ret_place)
{
	while (*at < profile->n_patterns + profile->n_columns) {
		size_t i = (*at)++;
		const struct profile_column *column;

		if (i < profile->n_patterns) {
			*ret_place = profile->patterns[i].place;
			if (profile->patterns[i].requires.len < PROFILE_REQUIRES_MIN)
				return true;
			continue;
		}
		column = &profile->columns[i - profile->n_patterns];
		*ret_place = column->place;
		if (column->column.number > 0 && column->requires.len < PROFILE_REQUIRES_MIN)
			return true;
	}
	return false;
}

bool choice_is_default(const struct profile *profile)
{
	struct place place;
	size_t at = 0;

	return !profile->named_only && !choice_next_short(profile, &at, &place);
}

static void add(const struct profile **chosen, size_t *n, const struct profile *profile)
{
	for (size_t i = 0; i < *n; i++)
		if (chosen[i] == profile)
			return;
	chosen[(*n)++] = profile;
}

/* Add all that `all` means; false where that is none. */
static bool add_all(const struct library *library, const struct profile **chosen, size_t *n)
{
	bool is_any = false;

	for (size_t i = 0; i < library->n_files; i++) {
		const struct library_file *file = &library->files[i];

		if (!file->profile || file->broken || !choice_is_default(file->profile))
			continue;
		add(chosen, n, file->profile);
		is_any = true;
	}
	return is_any;
}

int choice_make(const struct library *library, const struct text_list *names,
	struct text *ret_missing, const struct profile ***ret, size_t *ret_n)
{
	CLEANUP(freep)
	const struct profile **chosen =
		calloc(library->n_files + names->n + 1, sizeof(struct profile *));
	size_t n = 0;

	assert(names->n > 0);
	if (!chosen)
		return -ENOMEM;
	for (size_t i = 0; i < names->n; i++) {
		const struct profile *profile = NULL;

		if (is_all(names->items[i]) && add_all(library, chosen, &n))
			continue;
		if (!is_all(names->items[i]))
			profile = choice_find(library, names->items[i]);
		if (!profile) {
			*ret_missing = names->items[i];
			return -ENOENT;
		}
		add(chosen, &n, profile);
	}
	*ret = TAKE(chosen);
	*ret_n = n;
	return 0;
}

/* The name that the profile of a file is likely to have: that of the file. */
static struct text name_of(const struct library_file *file)
{
	const char *slash = strrchr(file->path, '/');
	struct text name = text_of(slash ? slash + 1 : file->path);

	if (file->profile)
		return file->profile->name;
	if (text_ends(name, text_of(".yaml")))
		name.len -= 5;
	return name;
}

bool choice_names_file(const struct text_list *names, const struct library_file *file)
{
	struct text name = name_of(file);

	for (size_t i = 0; i < names->n; i++)
		if (text_equal(names->items[i], name) ||
			text_equal(names->items[i], text_of(file->path)))
			return true;
	return false;
}

void choice_check(const struct library *library, const struct text_list *names, struct diag *diag)
{
	for (size_t i = 0; i < names->n; i++) {
		struct text nearest;

		/* Names that are not written in any file are looked up when they are needed. */
		if (!names->places[i].file || is_all(names->items[i]) ||
			library_find_profile(library, names->items[i]))
			continue;
		nearest = library_nearest_profile(library, names->items[i]);
		diag_add(diag, names->places[i], "there is no profile '%.*s'%s%.*s%s",
			TEXT_FORMAT(names->items[i]), nearest.len > 0 ? "; did you mean '" : "",
			TEXT_FORMAT(nearest), nearest.len > 0 ? "'?" : "");
	}
}

bool choice_has_all(const struct text_list *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (is_all(names->items[i]))
			return true;
	return false;
}

void choice_report_short(const struct library *library, bool as_warnings, struct diag *diag)
{
	for (size_t i = 0; i < library->n_files; i++) {
		const struct library_file *file = &library->files[i];
		struct place place;
		size_t at = 0;

		if (!file->profile || file->broken || file->profile->named_only)
			continue;
		while (choice_next_short(file->profile, &at, &place))
			(as_warnings ? diag_warn : diag_add)(diag, place,
				"requires: less than %d bytes are in nearly every line, so that "
				"'%s' leaves out profile '%.*s'; require more, or write 'default: "
				"no'",
				PROFILE_REQUIRES_MIN, PROFILE_CHOICE_ALL,
				TEXT_FORMAT(file->profile->name));
	}
}
