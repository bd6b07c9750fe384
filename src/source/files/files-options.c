#include "config.h"

#include "source/files/files-options.h"

#include <assert.h>
#include <errno.h>

#include "source/files/disk/glob-syntax.h"

enum {
	PATHS_MAX = 256,       /* items as they are written */
	EXPANSION_TOO_MANY = 1 /* globs for one source */
};

const char *const files_start_names[] = { "end", "beginning", NULL };

/* The globs that one item stands for are added to those of the items before. */
struct expanding {
	struct schema_reader *reader;
	struct place place; /* of the item */
	struct text_list globs;
	size_t n_expanded; /* with those that were there already */
};

static bool is_known(const struct text_list *globs, struct text glob)
{
	for (size_t i = 0; i < globs->n; i++)
		if (text_equal(globs->items[i], glob))
			return true;
	return false;
}

/* Several slashes are as one; an alternative may be empty. Files must match by the names that the
 * search gives them. */
static void join_slashes(struct text glob, char *out, size_t *ret_len)
{
	size_t len = 0;

	for (size_t i = 0; i < glob.len; i++)
		if (glob.data[i] != '/' || len == 0 || out[len - 1] != '/')
			out[len++] = glob.data[i];
	out[len] = '\0';
	*ret_len = len;
}

static int add_glob(struct text glob, void *userdata)
{
	struct expanding *expanding = userdata;
	struct text_list *globs = &expanding->globs;
	char *kept;

	if (expanding->n_expanded++ == FILES_GLOBS_MAX)
		return EXPANSION_TOO_MANY;
	kept = arena_take(expanding->reader->arena, glob.len + 1, 1);
	if (!kept)
		return -ENOMEM;
	join_slashes(glob, kept, &glob.len);
	glob.data = kept;
	if (is_known(globs, glob))
		return 0;
	assert(globs->n < FILES_GLOBS_MAX);
	globs->places[globs->n] = expanding->place;
	globs->items[globs->n++] = glob;
	return 0;
}

/* The globs must not depend on the directory in which the service happens to run. */
static void check_glob(
	struct schema_reader *reader, struct place place, struct text item, struct text glob)
{
	if (glob.len == 0 || glob.data[0] != '/')
		diag_add(reader->diag, place, "path '%s' must be absolute", item.data);
	else if (glob.data[glob.len - 1] == '/')
		diag_add(reader->diag, place,
			"path '%s' ends with '/', so only directories match; add '*' for the "
			"files in them",
			item.data);
	else if (glob_syntax_has_double_star(glob))
		diag_add(reader->diag, place,
			"path '%s': '**' is not supported; write a path for each depth, with one "
			"'*' for each directory: /a/*.log, /a/*/*.log",
			item.data);
}

/* Returns false where no more items can be expanded. */
static bool expand_item(struct expanding *expanding, struct text item)
{
	struct schema_reader *reader = expanding->reader;
	size_t n = expanding->globs.n, n_errors = diag_count(reader->diag);
	int r = glob_syntax_expand(item, add_glob, expanding);

	if (r == -ENOMEM)
		reader->no_memory = true;
	else if (r == -EINVAL)
		diag_add(reader->diag, expanding->place,
			"path '%s': a brace is not closed; write '\\{' for a brace that is part of "
			"a name",
			item.data);
	else if (r == EXPANSION_TOO_MANY)
		diag_add(reader->diag, expanding->place,
			"path '%s': the paths of a source stand for more than %d globs", item.data,
			FILES_GLOBS_MAX);
	for (; n < expanding->globs.n && diag_count(reader->diag) == n_errors; n++)
		check_glob(reader, expanding->place, item, expanding->globs.items[n]);
	return r == 0 || r == -EINVAL;
}

static void read_paths(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct expanding expanding = { .reader = reader };
	struct text_list written = { 0 };

	if (node->kind == YAML_SEQUENCE && node->n == 0)
		diag_add(reader->diag, node->place, "paths is empty: nothing would be read");
	else
		schema_texts(reader, node, key, &written);
	if (written.n == 0)
		return;
	expanding.globs.items = schema_take(reader, FILES_GLOBS_MAX, sizeof(struct text));
	expanding.globs.places = schema_take(reader, FILES_GLOBS_MAX, sizeof(struct place));
	if (!expanding.globs.items || !expanding.globs.places)
		return;
	for (size_t i = 0; i < written.n; i++) {
		expanding.place = written.places[i];
		if (!expand_item(&expanding, written.items[i]))
			break;
	}
	*(struct text_list *)target = expanding.globs;
}

static const struct schema_key files_keys[] = {
	{ .name = "paths",
		.read = read_paths,
		.offset = offsetof(struct files_options, paths),
		.required = true,
		.max = PATHS_MAX },
	{ .name = "start",
		.read = schema_choice,
		.offset = offsetof(struct files_options, start),
		.choices = files_start_names },
	{ .name = NULL },
};

void files_options_read(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	(void)key;
	schema_mapping(reader, node, files_keys, target);
}
