#include "config.h"

#include "source/journal/journal-options.h"

const char *const journal_start_names[] = { "end", "beginning", NULL };
const char *const journal_lost_names[] = { "nearest", "beginning", "end", NULL };

static const struct schema_key journal_source_keys[] = {
	{ .name = "units",
		.read = schema_texts,
		.offset = offsetof(struct journal_options, units),
		.max = 256 },
	{ .name = "identifiers",
		.read = schema_texts,
		.offset = offsetof(struct journal_options, identifiers),
		.max = 256 },
	{ .name = "namespace",
		.read = schema_namespace,
		.offset = offsetof(struct journal_options, namespace),
		.max = 64 },
	{ .name = "directory",
		.read = schema_absolute_path,
		.offset = offsetof(struct journal_options, directory),
		.max = 4000 },
	{ .name = "start",
		.read = schema_choice,
		.offset = offsetof(struct journal_options, start),
		.choices = journal_start_names },
	{ .name = "lost",
		.read = schema_choice,
		.offset = offsetof(struct journal_options, lost),
		.choices = journal_lost_names },
	{ .name = NULL },
};

void journal_options_read(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct journal_options *options = target;

	(void)key;
	schema_mapping(reader, node, journal_source_keys, options);
	if (options->namespace.len > 0 && options->directory.len > 0)
		diag_add(reader->diag, node->place,
			"a journal source has a namespace or a directory, not both");
}
