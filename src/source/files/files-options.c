#include "config.h"

#include "source/files/files-options.h"

enum { PATHS_MAX = 256 }; /* globs of one source */

const char *const files_start_names[] = { "end", "beginning", NULL };

/* Read the globs. They must not depend on the directory in which the service happens to run. */
static void read_paths(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text_list *paths = target;

	if (node->kind == YAML_SEQUENCE && node->n == 0)
		diag_add(reader->diag, node->place, "paths is empty: nothing would be read");
	else
		schema_texts(reader, node, key, target);
	for (size_t i = 0; i < paths->n; i++)
		if (paths->items[i].data[0] != '/')
			diag_add(reader->diag, paths->places[i], "path '%s' must be absolute",
				paths->items[i].data);
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
