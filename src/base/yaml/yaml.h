/* The strict YAML reader: a file becomes a tree of nodes with their places. It accepts one document
 * of mappings, sequences and scalars. Aliases, anchors, tags, duplicate keys, keys that are no
 * scalars, NUL bytes, a second document and nesting past YAML_DEPTH_MAX are errors. A scalar is
 * text. The schema decides what it means (a number, a level, a list), so `010`, `no` and `~` are
 * only text to the reader. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"

enum {
	YAML_DEPTH_MAX = 8,                /* levels of nesting */
	YAML_SIZE_MAX = 256 * 1024 * 1024, /* bytes of one file */
};

enum yaml_kind {
	YAML_SCALAR,
	YAML_SEQUENCE,
	YAML_MAPPING,
};

struct yaml_node {
	enum yaml_kind kind;
	bool plain;         /* SCALAR: written without quotes */
	bool refused;       /* an alias, or a key that was there before: its error is in the diag */
	struct place place; /* where it starts */
	struct text scalar; /* SCALAR: its text, NUL-terminated behind the length */
	struct yaml_node *first; /* SEQUENCE: the items; MAPPING: the keys, all scalars */
	struct yaml_node *next;  /* the next item or key */
	struct yaml_node *value; /* of a key */
	size_t n;                /* items or keys */
};

/* Reads the items of one list as they come, so that a long list is never a tree as a whole. */
struct yaml_visitor {
	const char *key; /* of the root mapping; its value is visited where it is a list */
	/* `item` lives until this returns. Returns 0, or a negative errno that ends the reading. */
	int (*visit)(const struct yaml_node *item, void *userdata);
	void *userdata;
};

/* Read `data` into a tree in `arena`; `file` names it in messages and must outlive the tree.
 * Returns 0 with the root, NULL for a file without content; -EINVAL when the reading ended at an
 * error of syntax or depth; -ENOMEM. Other errors are added to `diag` and the tree is returned all
 * the same, so that a schema can find more. A caller that uses the tree checks `diag` first. */
int yaml_read(struct arena *arena, const char *file, struct text data, struct diag *diag,
	const struct yaml_node **ret_root);

/* As yaml_read, and visit the items of a list. In the tree, that list has `n` and no items. Its
 * items may have errors: also those that are visited count only if `diag` has no error in the end.
 */
int yaml_read_visiting(struct arena *arena, const char *file, struct text data, struct diag *diag,
	const struct yaml_visitor *visitor, const struct yaml_node **ret_root);

/* Content that comes piece by piece. */
struct yaml_stream {
	/* Read at most `size` bytes; none at the end. Returns 0 or a negative errno. */
	int (*read)(void *userdata, void *data, size_t size, size_t *ret_n);
	void *userdata;
};

/* As yaml_read_visiting, of content that is not in memory as a whole. Returns also the errors of
 * the stream. Errors of syntax lack the advice, and those of UTF-8 the place, that only the whole
 * content gives: read that to report them. */
int yaml_read_stream(struct arena *arena, const char *file, const struct yaml_stream *stream,
	struct diag *diag, const struct yaml_visitor *visitor, const struct yaml_node **ret_root);

/* Whether two trees have the same content, in the same order, whatever their places. NULL is no
 * tree. */
bool yaml_equal(const struct yaml_node *a, const struct yaml_node *b);

/* The name of this kind of node in messages: "text", "a list", "a mapping". */
const char *yaml_kind_name(enum yaml_kind kind);
