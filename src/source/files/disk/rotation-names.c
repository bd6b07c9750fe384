/* What a rotation inserts are numbers, dates and times, and a few words, set off by a separator. It
 * is at the end of the name, or before its extension. */
#include "config.h"

#include "source/files/disk/rotation-names.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "source/files/disk/glob.h"

enum { COUNT_DIGITS_MAX = 4 }; /* of a number that a rotation counts up */

static bool is_separator(char c)
{
	return c != '\0' && strchr(".-_~,@+ ", c) != NULL;
}

/* How many bytes at the front of `text` are a word of rotation; 0 = none. */
static size_t word_len(struct text text)
{
	static const char *const words[] = { "backup", "copy", "old", "bak", "orig", "prev",
		"previous", "last", "save", "rotated", "archive", "tmp", "T", "Z" };
	size_t longest = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct text word = text_of(words[i]);

		if (text_starts(text, word) && word.len > longest)
			longest = word.len;
	}
	return longest;
}

/* Whether all of the text is what a rotation inserts. */
static bool is_inserted(struct text text)
{
	size_t i = 1;

	if (text.len == 0 || !is_separator(text.data[0]))
		return false;
	while (i < text.len) {
		struct text rest = text_make(text.data + i, text.len - i);
		size_t len = char_is_digit(text.data[i]) || is_separator(text.data[i]) ||
					     text.data[i] == ':'
				     ? 1
				     : word_len(rest);

		if (len == 0)
			return false;
		i += len;
	}
	return text.len > 1 || text.data[0] == '~';
}

/* The name without the ending of a compressed file. */
static struct text strip_compressed(const char *path)
{
	struct text name = text_of(path);

	if (glob_is_compressed(path))
		while (name.len > 0 && name.data[--name.len] != '.')
			;
	return name;
}

static size_t directory_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* The extension, with its dot: where the last dot is that no number follows. Returns its offset;
 * the end if there is none. */
static size_t extension_at(struct text name, size_t from)
{
	for (size_t i = name.len; i-- > from + 1;) {
		bool is_word = i + 1 < name.len && !char_is_digit(name.data[i + 1]);

		if (name.data[i] == '.')
			return is_word ? i : name.len;
	}
	return name.len;
}

/* Visit the stem with what was behind the inserted part. Returns whether it was a name. */
static bool visit_joined(
	struct text name, size_t stem, size_t behind, rotation_name_fn *visit, void *userdata)
{
	char original[PATH_MAX];
	int n = snprintf(original, sizeof(original), "%.*s%.*s", (int)stem, name.data,
		(int)(name.len - behind), name.data + behind);

	if (n < 0 || (size_t)n >= sizeof(original))
		return false;
	visit(original, userdata);
	return true;
}

void rotation_names_visit(const char *path, rotation_name_fn *visit, void *userdata)
{
	struct text name = strip_compressed(path);
	size_t from = directory_len(path), extension = extension_at(name, from);
	unsigned n = 0;

	if (name.len >= PATH_MAX)
		return;
	for (size_t i = name.len; i-- > from + 1 && n < ROTATION_NAMES_MAX;) {
		if (!is_separator(name.data[i]))
			continue;
		if (is_inserted(text_make(name.data + i, name.len - i)))
			n += visit_joined(name, i, name.len, visit, userdata);
		else if (i < extension && is_inserted(text_make(name.data + i, extension - i)))
			n += visit_joined(name, i, extension, visit, userdata);
	}
}

/* The number that a rotation counts up: at the end of the name, or before its extension. Longer
 * numbers are dates and times. Returns its offset, and the offset behind it; name.len = none. */
static size_t number_at(struct text name, size_t from, size_t *ret_end)
{
	size_t end = char_is_digit(name.data[name.len - 1]) ? name.len : extension_at(name, from);
	size_t at = end;

	while (at > from && char_is_digit(name.data[at - 1]))
		at--;
	*ret_end = end;
	return at < end && end - at <= COUNT_DIGITS_MAX ? at : name.len;
}

void rotation_names_visit_compressed(const char *path, rotation_name_fn *visit, void *userdata)
{
	struct text name = strip_compressed(path);
	size_t from = directory_len(path), at, end;
	uint64_t number;

	if (name.len == strlen(path) || name.len <= from || name.len >= PATH_MAX)
		return;
	(void)visit_joined(name, name.len, name.len, visit, userdata);
	at = number_at(name, from, &end);
	if (at == name.len ||
		text_parse_number(text_make(name.data + at, end - at), 10, UINT64_MAX, &number) < 0)
		return;
	for (unsigned n = 1; n < ROTATION_NAMES_MAX && number-- > 0; n++) {
		char earlier[PATH_MAX];
		int len = snprintf(earlier, sizeof(earlier), "%.*s%" PRIu64 "%.*s", (int)at,
			name.data, number, (int)(name.len - end), name.data + end);

		if (len > 0 && (size_t)len < sizeof(earlier))
			visit(earlier, userdata);
	}
}

struct match {
	const char *original;
	bool found;
};

static void compare(const char *original, void *userdata)
{
	struct match *match = userdata;

	match->found |= strcmp(original, match->original) == 0;
}

bool rotation_names_match(const char *original, const char *path)
{
	struct match match = { original, false };

	rotation_names_visit(path, compare, &match);
	return match.found;
}
