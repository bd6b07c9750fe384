/* The strict YAML reader: whatever comes, it ends, with a sound tree or an error, and every error
 * has a place. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/yaml.h"
#include "fuzz.h"

static void check_place(struct place place, struct text data)
{
	must(place.file != NULL);
	must(place.line >= 1 && place.line <= data.len + 1);
	must(place.column >= 1 && place.column <= data.len + 1);
}

static void check_scalar(const struct yaml_node *node)
{
	must(node->scalar.data != NULL);
	must(node->scalar.data[node->scalar.len] == '\0');
	must(node->first == NULL && node->n == 0);
}

/* What is left of a tree without errors: text that is a C string, keys that differ. */
static void check_strictness(const struct yaml_node *node)
{
	if (node->kind == YAML_SCALAR)
		must(strlen(node->scalar.data) == node->scalar.len && !node->refused);
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		check_strictness(item);
		if (node->kind == YAML_SEQUENCE)
			continue;
		check_strictness(item->value);
		for (const struct yaml_node *other = item->next; other; other = other->next)
			must(!text_equal(item->scalar, other->scalar));
	}
}

static void check_node(const struct yaml_node *node, struct text data, unsigned depth)
{
	size_t n = 0;

	must(depth <= YAML_DEPTH_MAX);
	check_place(node->place, data);
	if (node->kind == YAML_SCALAR) {
		check_scalar(node);
		return;
	}
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		n++;
		if (node->kind == YAML_SEQUENCE) {
			check_node(item, data, depth + 1);
			continue;
		}
		must(item->kind == YAML_SCALAR);
		check_node(item, data, depth + 1);
		must(item->value != NULL);
		check_node(item->value, data, depth + 1);
	}
	must(n == node->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	CLEANUP(arena_freep) struct arena *arena = arena_new();
	CLEANUP(diag_done) struct diag diag = { 0 };
	const struct text data = text_make((const char *)input, size);
	const struct yaml_node *root = NULL;
	int r;

	if (!arena)
		return 0;
	r = yaml_read(arena, "input", data, &diag, &root);
	must(r == 0 || r == -EINVAL || r == -ENOMEM);
	must(r != -EINVAL || diag_any(&diag));
	must(r == 0 || root == NULL);
	if (root)
		check_node(root, data, 0);
	if (root && !diag_any(&diag))
		check_strictness(root);
	for (size_t i = 0; i < diag.n_errors; i++) {
		const struct diag_error *error = &diag.errors[i];

		check_place((struct place){ error->file, error->line, error->column }, data);
	}
	return 0;
}
