#include "config.h"

#include "sink/journal/journal-sink-options.h"

static const struct schema_key journal_sink_keys[] = {
	{ .name = "namespace",
		.read = schema_namespace,
		.offset = offsetof(struct journal_sink_options, namespace),
		.max = 64 },
	{ .name = NULL },
};

void journal_sink_options_read(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	(void)key;
	schema_mapping(reader, node, journal_sink_keys, target);
}

bool journal_sink_options_share_place(const void *a, const void *b)
{
	const struct journal_sink_options *left = a, *right = b;

	return text_equal(left->namespace, right->namespace);
}
