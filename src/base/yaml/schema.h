/* Tables of the keys that a mapping may hold, and the one reader that uses them. Unknown keys,
 * missing keys, wrong kinds and values out of range become errors with a place, all in one run. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/yaml.h"

struct schema_reader {
	struct arena *arena; /* the results live here; they need no node */
	struct diag *diag;
	bool no_memory; /* an allocation was refused: the result is not to be used */
};

struct address;
struct schema_key;

/* Read the value `node` of `key` to where `target` points. Errors are added to the reader's diag;
 * reading always continues. */
typedef void schema_read_fn(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target);

struct schema_key {
	const char *name; /* NULL ends a table */
	schema_read_fn *read;
	size_t offset; /* of the target in the struct that the mapping fills */
	bool required;
	size_t max;                 /* bytes of a text, items of a list; 0 = no bound */
	const char *const *choices; /* for schema_choice: names, NULL at the end */
};

/* A list of texts, in the arena; `places` has the place of each. */
struct text_list {
	struct text *items;
	struct place *places;
	size_t n;
};

/* Fill `target` from a mapping by a table of keys, which one without a name ends. Members whose key
 * is absent stay as they are: that is the default. */
void schema_mapping(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *keys, void *target);

/* True if `node` is of this kind; else adds the error "expected …, not …". */
bool schema_expect(struct schema_reader *reader, const struct yaml_node *node, enum yaml_kind kind);

/* `n` zeroed elements, or NULL with `no_memory` set. */
void *schema_take(struct schema_reader *reader, size_t n, size_t size);

/* A copy of `t`, with NUL behind it; `t` itself, with `no_memory` set, where memory is refused. */
struct text schema_copy(struct schema_reader *reader, struct text t);

/* struct text: not empty, at most `max` bytes, one line. Line ends behind it are cut off. Other
 * control characters, and those that reorder text, are refused, for the text will appear in log
 * lines and on terminals. */
schema_read_fn schema_text;

/* As schema_text, and may be empty. */
schema_read_fn schema_text_or_empty;

/* As schema_text, with any character but NUL, as it is written. */
schema_read_fn schema_raw_text;

/* struct text of lower-case letters, digits and single hyphens, starting with a letter. */
schema_read_fn schema_slug;

/* Whether schema_slug accepts the text, whatever its length. */
bool schema_is_slug(struct text t);

/* int: the index of the text in `choices`. */
schema_read_fn schema_choice;

/* struct text_list of at most `max` texts, none empty, none twice. */
schema_read_fn schema_texts;

/* struct text: a journal namespace; may be empty. */
schema_read_fn schema_namespace;

/* struct text: the absolute path of a file or directory; may be empty. */
schema_read_fn schema_absolute_path;

/* Read an address; an error in it is added at `place`. True if the text is an address. */
bool schema_address(
	struct schema_reader *reader, struct place place, struct text text, struct address *ret);
