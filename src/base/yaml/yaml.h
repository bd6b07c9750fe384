/* The strict YAML reader: a file becomes a tree of nodes that know their place. It accepts one
 * document of mappings, sequences and scalars; aliases, anchors, tags, duplicate keys, keys that
 * are no scalars, NUL bytes, a second document and nesting past YAML_DEPTH_MAX are errors. A
 * scalar is text: what it means (a number, a level, a list) is the schema's word, so `010`, `no`
 * and `~` hold no surprises. */
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
	bool refused;       /* an alias, or a key that was there before: its error has been told */
	struct place place; /* where it starts */
	struct text scalar; /* SCALAR: its text, NUL-terminated behind the length */
	struct yaml_node *first; /* SEQUENCE: the items; MAPPING: the keys, all scalars */
	struct yaml_node *next;  /* the next item or key */
	struct yaml_node *value; /* of a key */
	size_t n;                /* items or keys */
};

/* Read `data` into a tree in `arena`; `file` names it in messages and must outlive the tree.
 * Returns 0 with the root, NULL for a file without content; -EINVAL when the reading ended at an
 * error of syntax or depth; -ENOMEM. Other errors are added to `diag` and the tree is given all
 * the same, so that a schema may go on to find more: whoever uses it looks at `diag` first. */
int yaml_read(struct arena *arena, const char *file, struct text data, struct diag *diag,
	const struct yaml_node **ret_root);

/* Whether two trees say the same, in the same order, wherever they stand. NULL is no tree. */
bool yaml_equal(const struct yaml_node *a, const struct yaml_node *b);

/* What a person calls this kind of node: "text", "a list", "a mapping". */
const char *yaml_kind_name(enum yaml_kind kind);
