/* The first group of braces is replaced by each of its alternatives in turn, and what results is
 * expanded from there on. Each group has at least two alternatives, so there are fewer expansions
 * than globs. */
#include "config.h"

#include "source/files/disk/glob-syntax.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

/* Outcome of find_group. */
enum { GROUP_NONE = 1 };

/* Offsets of a group: of its braces, and how many alternatives are between them. */
struct group {
	size_t open, close, n;
};

struct expansion {
	glob_syntax_visit_fn *visit;
	void *userdata;
};

/* A class, an equivalence or a collating symbol in a bracket expression, such as `[:digit:]`. */
static size_t class_len(struct text rest)
{
	char kind = '\0';

	if (rest.len > 1)
		kind = rest.data[1];
	if (kind != ':' && kind != '.' && kind != '=')
		return 1;
	for (size_t i = 2; i + 1 < rest.len; i++)
		if (rest.data[i] == kind && rest.data[i + 1] == ']')
			return i + 2;
	return 1;
}

/* The length of the bracket expression that `rest` begins with. A bracket that is not closed is a
 * character. */
static size_t bracket_len(struct text rest)
{
	size_t i = 1;

	if (i < rest.len && (rest.data[i] == '!' || rest.data[i] == '^'))
		i++;
	if (i < rest.len && rest.data[i] == ']')
		i++;
	while (i < rest.len && rest.data[i] != '/') {
		if (rest.data[i] == ']')
			return i + 1;
		if (rest.data[i] == '[')
			i += class_len(text_make(rest.data + i, rest.len - i));
		else
			i += rest.data[i] == '\\' ? 2 : 1;
	}
	return 1;
}

/* The length of the character, the escaped character or the bracket expression at `at`. */
static size_t element_len(struct text glob, size_t at)
{
	struct text rest = text_make(glob.data + at, glob.len - at);

	assert(at < glob.len);
	if (rest.data[0] == '\\' && rest.len > 1)
		return 2;
	return rest.data[0] == '[' ? bracket_len(rest) : 1;
}

/* Find the brace that closes the one at `open`. Returns whether there is one. */
static bool measure_group(struct text glob, size_t open, struct group *ret)
{
	size_t depth = 0, n = 1;

	for (size_t at = open; at < glob.len; at += element_len(glob, at)) {
		depth += glob.data[at] == '{';
		depth -= glob.data[at] == '}';
		n += glob.data[at] == ',' && depth == 1;
		if (depth > 0)
			continue;
		*ret = (struct group){ open, at, n };
		return true;
	}
	return false;
}

/* Find the first group with alternatives. Returns 0, GROUP_NONE or -EINVAL. */
static int find_group(struct text glob, size_t from, struct group *ret)
{
	for (size_t at = from; at < glob.len; at += element_len(glob, at)) {
		if (glob.data[at] != '{')
			continue;
		if (!measure_group(glob, at, ret))
			return -EINVAL;
		if (ret->n > 1)
			return 0;
	}
	return GROUP_NONE;
}

/* The alternative that begins at `from`, behind the brace or a comma. */
static struct text cut_alternative(struct text glob, const struct group *group, size_t from)
{
	size_t depth = 0, at = from;

	for (; at < group->close; at += element_len(glob, at)) {
		if (glob.data[at] == ',' && depth == 0)
			break;
		depth += glob.data[at] == '{';
		depth -= glob.data[at] == '}';
	}
	return text_make(glob.data + from, at - from);
}

/* The glob with the alternative in the place of its group, for the caller to free; `ret` is NULL
 * where memory is refused. */
static char *replace_group(
	struct text glob, const struct group *group, struct text alternative, size_t *ret_len)
{
	size_t tail_len = glob.len - (group->close + 1);
	size_t len = group->open + alternative.len + tail_len;
	char *joined = malloc(len + 1);

	assert(len < glob.len);
	if (!joined)
		return NULL;
	memcpy(joined, glob.data, group->open);
	memcpy(joined + group->open, alternative.data, alternative.len);
	memcpy(joined + group->open + alternative.len, glob.data + group->close + 1, tail_len);
	joined[len] = '\0';
	*ret_len = len;
	return joined;
}

/* There is no group before `from`. Each call is for a shorter glob, which bounds the depth. */
static int expand_from(struct text glob, size_t from, const struct expansion *expansion)
{
	struct group group;
	int r = find_group(glob, from, &group);

	if (r == GROUP_NONE)
		return expansion->visit(glob, expansion->userdata);
	if (r < 0)
		return r;
	for (size_t i = 0, at = group.open + 1; i < group.n; i++) {
		struct text alternative = cut_alternative(glob, &group, at);
		CLEANUP(freep) char *joined = NULL;
		size_t len = 0;

		joined = replace_group(glob, &group, alternative, &len);
		r = joined ? expand_from(text_make(joined, len), group.open, expansion) : -ENOMEM;
		if (r != 0)
			return r;
		at += alternative.len + 1;
	}
	return 0;
}

int glob_syntax_expand(struct text glob, glob_syntax_visit_fn *visit, void *userdata)
{
	return expand_from(glob, 0, &(struct expansion){ visit, userdata });
}

bool glob_syntax_has_double_star(struct text glob)
{
	for (size_t at = 0; at + 1 < glob.len; at += element_len(glob, at))
		if (glob.data[at] == '*' && glob.data[at + 1] == '*')
			return true;
	return false;
}
