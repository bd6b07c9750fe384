/* The reader uses libyaml's event interface, not its document interface, which follows aliases into
 * circles and does not report duplicate keys. The parser works in time quadratic in the depth, so
 * reading ends at once where the depth is exceeded. Every other error is added to the diag, and
 * reading continues to find the remaining ones. */
#include "config.h"

#include "base/yaml/yaml.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { FEW_KEYS = 16 }; /* of one mapping: sorting them would cost more than it saves */

struct yaml_reader {
	yaml_parser_t parser;
	struct arena *arena;
	const char *file;
	struct text data;                 /* the content, or it comes from: */
	const struct yaml_stream *stream; /* NULL = none */
	int stream_error;
	bool is_fed; /* the beginning of the stream was read */
	struct diag *diag;
	unsigned depth;
	const struct yaml_visitor *visitor; /* NULL = none */
	struct arena *items;                /* of the item that is visited */
	bool visitor_seen;                  /* its key was read: a second one is refused */
	bool visits_next;                   /* the next node is the value of that key */
};

const char *yaml_kind_name(enum yaml_kind kind)
{
	static const char *const names[] = {
		[YAML_SCALAR] = "text",
		[YAML_SEQUENCE] = "a list",
		[YAML_MAPPING] = "a mapping",
	};

	return names[kind];
}

static struct place place_of(const struct yaml_reader *r, yaml_mark_t mark)
{
	return (struct place){ r->file, (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

/* The place of a byte: libyaml gives no mark for bytes that are not UTF-8. */
static struct place place_of_byte(const struct yaml_reader *r, size_t offset)
{
	struct place place = { r->file, 1, 1 };

	for (size_t i = 0; i < offset && i < r->data.len; i++) {
		if (r->data.data[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if (!char_continues(r->data.data[i])) {
			place.column++;
		}
	}
	return place;
}

/* The text from a mark on. A mark counts characters. */
static struct text text_at(const struct yaml_reader *r, yaml_mark_t mark)
{
	struct text rest = r->data;
	size_t i = 0;

	for (size_t n = 0; i < r->data.len; i++)
		if (!char_continues(r->data.data[i]) && n++ == mark.index)
			break;
	text_skip(&rest, i);
	return rest;
}

/* libyaml's messages for the errors that people make most, and what to write instead. */
static const struct advice {
	const char *problem;
	char first; /* the character at the error; 0 = any */
	const char *text;
} advices[] = {
	{ "found character that cannot start any token", '\t', "a tab; write spaces" },
	{ "found character that cannot start any token", '@',
		"text that begins with '@' needs quotes" },
	{ "found character that cannot start any token", '`',
		"text that begins with '`' needs quotes" },
	{ "found character that cannot start any token", '%',
		"text that begins with '%' needs quotes" },
	{ "did not find expected ',' or ']'", '{',
		"a ',' is missing, or text with '{' in it needs quotes" },
	{ "did not find expected ',' or ']'", '[',
		"a ',' is missing, or text with '[' in it needs quotes" },
	{ "did not find expected ',' or '}'", '{',
		"a ',' is missing, or text with '{' in it needs quotes" },
	{ "did not find expected ',' or '}'", '[',
		"a ',' is missing, or text with '[' in it needs quotes" },
	{ "did not find expected '-' indicator", 0,
		"the items of a list need the same indentation, and so do the keys of an item" },
	{ "did not find expected key", 0,
		"the keys of a mapping need the same indentation, and text that begins with '{', "
		"'[' or a quote needs quotes around all of it" },
	{ "found a tab character that violates indentation", 0, "write spaces" },
	{ "found a tab character where an indentation space is expected", 0, "write spaces" },
	{ "found unknown escape character", 0, "write single quotes, or two backslashes" },
	{ "did not find expected hexdecimal number", 0, "write single quotes, or two backslashes" },
	{ "mapping values are not allowed in this context", 0,
		"text with ': ' in it needs quotes, and the keys of a mapping the same "
		"indentation" },
};

static const char *find_advice(const struct yaml_reader *r)
{
	struct text there = text_at(r, r->parser.problem_mark);

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (strcmp(r->parser.problem, advices[i].problem) == 0 &&
			(advices[i].first == '\0' ||
				(there.len > 0 && there.data[0] == advices[i].first)))
			return advices[i].text;
	return NULL;
}

static void note_syntax_error(const struct yaml_reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *advice = p->error == YAML_READER_ERROR ? NULL : find_advice(r);

	if (advice)
		diag_add(r->diag, place_of(r, p->problem_mark), "YAML syntax: %s: %s", p->problem,
			advice);
	else if (p->error == YAML_READER_ERROR)
		diag_add(r->diag, place_of_byte(r, p->problem_offset), "not valid UTF-8 text: %s",
			p->problem);
	else if (p->context)
		diag_add(r->diag, place_of(r, p->problem_mark), "YAML syntax: %s, %s (line %zu)",
			p->problem, p->context, p->context_mark.line + 1);
	else
		diag_add(r->diag, place_of(r, p->problem_mark), "YAML syntax: %s", p->problem);
}

static int next_event(struct yaml_reader *r, yaml_event_t *ret)
{
	if (yaml_parser_parse(&r->parser, ret))
		return 0;
	if (r->parser.error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (r->stream_error < 0)
		return r->stream_error;
	note_syntax_error(r);
	return -EINVAL;
}

static void refuse_marks(const struct yaml_reader *r, struct place place, const yaml_char_t *anchor,
	const yaml_char_t *tag)
{
	if (anchor)
		diag_add(r->diag, place, "anchors (&%s) are not accepted here",
			(const char *)anchor);
	if (tag)
		diag_add(r->diag, place, "tags (%s) are not accepted here", (const char *)tag);
}

static int fill_scalar(struct yaml_reader *r, const yaml_event_t *event, struct yaml_node *node)
{
	struct text text =
		text_make((const char *)event->data.scalar.value, event->data.scalar.length);

	refuse_marks(r, node->place, event->data.scalar.anchor, event->data.scalar.tag);
	if (text.len > 0 && memchr(text.data, '\0', text.len))
		diag_add(r->diag, node->place, "text with a NUL byte is not accepted");
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->scalar = arena_text(r->arena, text);
	return node->scalar.data ? 0 : -ENOMEM;
}

static int compare_keys(const void *a, const void *b)
{
	const struct yaml_node *x = *(const struct yaml_node *const *)a;
	const struct yaml_node *y = *(const struct yaml_node *const *)b;
	size_t n = x->scalar.len < y->scalar.len ? x->scalar.len : y->scalar.len;
	int order = memcmp(x->scalar.data, y->scalar.data, n);

	if (order == 0)
		order = (x->scalar.len > y->scalar.len) - (x->scalar.len < y->scalar.len);
	if (order == 0)
		order = (x->place.line > y->place.line) - (x->place.line < y->place.line);
	if (order == 0)
		order = (x->place.column > y->place.column) - (x->place.column < y->place.column);
	return order;
}

static void refuse_key(
	const struct yaml_reader *r, struct yaml_node *key, const struct yaml_node *first)
{
	key->refused = true;
	diag_add(r->diag, key->place, "key '%s' appears twice, first in line %u", key->scalar.data,
		first->place.line);
}

/* Compare each key with those before it. */
static void refuse_among_few(const struct yaml_reader *r, const struct yaml_node *mapping)
{
	for (struct yaml_node *key = mapping->first; key; key = key->next) {
		const struct yaml_node *first = mapping->first;

		while (!text_equal(first->scalar, key->scalar))
			first = first->next;
		if (first != key)
			refuse_key(r, key, first);
	}
}

/* The first of equal keys counts; the others are refused, and every schema skips them. */
static int refuse_duplicate_keys(const struct yaml_reader *r, const struct yaml_node *mapping)
{
	CLEANUP(freep) struct yaml_node **keys = NULL;
	size_t n = 0, first = 0;

	if (mapping->n <= FEW_KEYS) {
		refuse_among_few(r, mapping);
		return 0;
	}
	keys = calloc(mapping->n, sizeof(struct yaml_node *));
	if (!keys)
		return -ENOMEM;
	for (struct yaml_node *key = mapping->first; key; key = key->next)
		keys[n++] = key;
	assert(n == mapping->n);
	qsort(keys, n, sizeof(struct yaml_node *), compare_keys);

	for (size_t i = 1; i < n; i++) {
		if (!text_equal(keys[first]->scalar, keys[i]->scalar)) {
			first = i;
			continue;
		}
		refuse_key(r, keys[i], keys[first]);
	}
	return 0;
}

static int read_node(struct yaml_reader *r, const yaml_event_t *event, struct yaml_node **ret);

/* Read the next node; NULL at the end event of the collection that is being read. */
static int read_next(struct yaml_reader *r, yaml_event_type_t end, struct yaml_node **ret)
{
	yaml_event_t event;
	int error = next_event(r, &event);

	if (error < 0)
		return error;
	*ret = NULL;
	if (event.type != end)
		error = read_node(r, &event, ret);
	yaml_event_delete(&event);
	return error;
}

static int read_items(struct yaml_reader *r, struct yaml_node *sequence)
{
	struct yaml_node **tail = &sequence->first;

	for (;;) {
		int error = read_next(r, YAML_SEQUENCE_END_EVENT, tail);

		if (error < 0 || !*tail)
			return error;
		tail = &(*tail)->next;
		sequence->n++;
	}
}

/* As read_items, but an item is freed when it has been visited. */
static int visit_items(struct yaml_reader *r, struct yaml_node *sequence)
{
	struct arena *whole = r->arena;

	for (;;) {
		struct yaml_node *item = NULL;
		int error;

		arena_clear(r->items);
		r->arena = r->items;
		error = read_next(r, YAML_SEQUENCE_END_EVENT, &item);
		r->arena = whole;
		if (error < 0 || !item)
			return error;
		sequence->n++;
		error = r->visitor->visit(item, r->visitor->userdata);
		if (error < 0)
			return error;
	}
}

/* Whether the value of this key is to be visited: not that of a second one, which is refused. */
static bool is_visited(struct yaml_reader *r, const struct yaml_node *key)
{
	if (!r->visitor || r->depth != 1 || r->visitor_seen ||
		!text_equal(key->scalar, text_of(r->visitor->key)))
		return false;
	r->visitor_seen = true;
	return !key->refused;
}

static int read_pairs(struct yaml_reader *r, struct yaml_node *mapping)
{
	struct yaml_node **tail = &mapping->first;

	for (;;) {
		struct yaml_node *key = NULL;
		struct yaml_node *value = NULL;
		int error = read_next(r, YAML_MAPPING_END_EVENT, &key);

		if (error < 0)
			return error;
		if (!key)
			return refuse_duplicate_keys(r, mapping);
		r->visits_next = is_visited(r, key);
		error = read_next(r, YAML_NO_EVENT, &value);
		if (error < 0)
			return error;
		if (key->kind != YAML_SCALAR) {
			diag_add(r->diag, key->place, "a key must be text, not %s",
				yaml_kind_name(key->kind));
			continue;
		}
		key->value = value;
		*tail = key;
		tail = &key->next;
		mapping->n++;
	}
}

static int read_collection(struct yaml_reader *r, struct yaml_node *node,
	int (*read)(struct yaml_reader *, struct yaml_node *))
{
	int error;

	if (r->depth == YAML_DEPTH_MAX) {
		diag_add(r->diag, node->place, "nested deeper than %d levels", YAML_DEPTH_MAX);
		return -EINVAL;
	}
	r->depth++;
	error = read(r, node);
	assert(r->depth > 0 && r->depth <= YAML_DEPTH_MAX);
	r->depth--;
	return error;
}

static int read_node(struct yaml_reader *r, const yaml_event_t *event, struct yaml_node **ret)
{
	struct yaml_node *node = arena_take(r->arena, 1, sizeof(*node));
	bool visits = r->visits_next;

	r->visits_next = false;
	if (!node)
		return -ENOMEM;
	*ret = node;
	node->place = place_of(r, event->start_mark);

	if (event->type == YAML_SCALAR_EVENT)
		return fill_scalar(r, event, node);
	if (event->type == YAML_SEQUENCE_START_EVENT) {
		node->kind = YAML_SEQUENCE;
		refuse_marks(r, node->place, event->data.sequence_start.anchor,
			event->data.sequence_start.tag);
		return read_collection(r, node, visits ? visit_items : read_items);
	}
	if (event->type == YAML_MAPPING_START_EVENT) {
		node->kind = YAML_MAPPING;
		refuse_marks(r, node->place, event->data.mapping_start.anchor,
			event->data.mapping_start.tag);
		return read_collection(r, node, read_pairs);
	}
	/* Only an alias is left: its name as text keeps the tree whole while reading continues. */
	node->refused = true;
	diag_add(r->diag, node->place, "aliases (*%s) are not accepted here",
		(const char *)event->data.alias.anchor);
	node->scalar = arena_text(r->arena, text_of((const char *)event->data.alias.anchor));
	return node->scalar.data ? 0 : -ENOMEM;
}

/* The root is NULL where the stream holds no document. */
static int read_document(struct yaml_reader *r, struct yaml_node **ret_root)
{
	struct yaml_node *root = NULL;
	yaml_event_t event;
	bool second;
	int error = next_event(r, &event); /* the start of the stream */

	if (error < 0)
		return error;
	yaml_event_delete(&event);
	error = next_event(r, &event); /* of a document, or the end of the stream */
	if (error < 0)
		return error;
	if (event.type == YAML_STREAM_END_EVENT) {
		yaml_event_delete(&event);
		*ret_root = NULL;
		return 0;
	}
	yaml_event_delete(&event);

	error = read_next(r, YAML_NO_EVENT, &root);
	if (error < 0)
		return error;
	error = next_event(r, &event); /* the end of the document */
	if (error < 0)
		return error;
	yaml_event_delete(&event);
	error = next_event(r, &event);
	if (error < 0)
		return error;
	second = event.type != YAML_STREAM_END_EVENT;
	if (second)
		diag_add(r->diag, place_of(r, event.start_mark), "a second document begins here");
	yaml_event_delete(&event);
	*ret_root = root;
	return 0;
}

/* Windows editors write a byte order mark in front; libyaml skips it only when it guesses the
 * encoding. */
static const char byte_order_mark[] = "\xEF\xBB\xBF";

/* libyaml asks for more. */
static int feed(void *userdata, unsigned char *buffer, size_t size, size_t *ret_n)
{
	struct yaml_reader *r = userdata;
	const size_t mark_len = sizeof(byte_order_mark) - 1;
	size_t len = 0, n;

	do {
		r->stream_error =
			r->stream->read(r->stream->userdata, buffer + len, size - len, &n);
		if (r->stream_error < 0)
			return 0;
		len += n;
	} while (n > 0 && len < size);
	if (!r->is_fed && len >= mark_len && memcmp(buffer, byte_order_mark, mark_len) == 0) {
		len -= mark_len;
		memmove(buffer, buffer + mark_len, len);
	}
	r->is_fed = true;
	*ret_n = len;
	return 1;
}

static void set_input(struct yaml_reader *r)
{
	yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
	if (r->stream)
		yaml_parser_set_input(&r->parser, feed, r);
	else
		yaml_parser_set_input_string(
			&r->parser, (const unsigned char *)r->data.data, r->data.len);
}

static int read_input(struct yaml_reader *r, const struct yaml_node **ret_root)
{
	CLEANUP(arena_freep) struct arena *items = r->visitor ? arena_new() : NULL;
	struct yaml_node *root = NULL;
	int error;

	r->items = items;
	if ((r->visitor && !items) || !yaml_parser_initialize(&r->parser))
		return -ENOMEM;
	set_input(r);
	error = read_document(r, &root);
	yaml_parser_delete(&r->parser);

	/* A plain empty scalar as the whole document is a file of comments after `---`. */
	if (error == 0)
		*ret_root =
			root && root->kind == YAML_SCALAR && root->plain && root->scalar.len == 0
				? NULL
				: root;
	return error;
}

int yaml_read(struct arena *arena, const char *file, struct text data, struct diag *diag,
	const struct yaml_node **ret_root)
{
	return yaml_read_visiting(arena, file, data, diag, NULL, ret_root);
}

int yaml_read_visiting(struct arena *arena, const char *file, struct text data, struct diag *diag,
	const struct yaml_visitor *visitor, const struct yaml_node **ret_root)
{
	struct yaml_reader r = { .arena = arena, .file = file, .diag = diag, .visitor = visitor };

	if (text_starts(data, text_of(byte_order_mark)))
		text_skip(&data, sizeof(byte_order_mark) - 1);
	r.data = data;
	return read_input(&r, ret_root);
}

int yaml_read_stream(struct arena *arena, const char *file, const struct yaml_stream *stream,
	struct diag *diag, const struct yaml_visitor *visitor, const struct yaml_node **ret_root)
{
	struct yaml_reader r = { .arena = arena, .file = file, .diag = diag, .visitor = visitor };

	r.stream = stream;
	return read_input(&r, ret_root);
}

/* Nesting is bounded, so is recursion. */
bool yaml_equal(
	const struct yaml_node *a, const struct yaml_node *b) /* NOLINT(misc-no-recursion) */
{
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || !text_equal(a->scalar, b->scalar))
		return false;
	for (a = a->first, b = b->first; a && b; a = a->next, b = b->next)
		if (!yaml_equal(a, b) || !yaml_equal(a->value, b->value))
			return false;
	return a == b;
}
