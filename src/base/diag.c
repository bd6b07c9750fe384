/* The list keeps copies of its texts in an arena of its own, and so outlives the file that it
 * describes. Control characters become `?`: the content of a broken file must not control a
 * terminal. */
#include "config.h"

#include "base/diag.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"

/* Room for a message with its place. */
enum { ITEM_SIZE = DIAG_TEXT_MAX + DIAG_PLACE_SIZE };

void diag_done(struct diag *diag)
{
	(void)arena_free(diag->arena);
	free(diag->errors);
	free(diag->warnings);
	*diag = (struct diag){ 0 };
}

static bool is_before(const struct diag_error *a, const struct diag_error *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* The index for an item: before the first item of the same file that is further down in it. Without
 * one, it is behind the last item of that file; without any, at the end. */
static size_t find_slot(const struct diag_error *items, size_t n, const struct diag_error *item)
{
	size_t slot = n;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(items[i].file, item->file) != 0)
			continue;
		if (is_before(item, &items[i]))
			return i;
		slot = i + 1;
	}
	return slot;
}

/* Whether the item at `slot` is in order with the one before it. */
static bool is_in_order(const struct diag_error *items, size_t slot)
{
	return slot == 0 || strcmp(items[slot - 1].file, items[slot].file) != 0 ||
	       !is_before(&items[slot], &items[slot - 1]);
}

/* Add an item to a list of DIAG_ERRORS_MAX. */
static int keep_item(struct diag *diag, struct diag_error **items, size_t *n, struct place place,
	const char *text)
{
	struct diag_error item = { .line = place.line, .column = place.column };
	struct diag_error *more;
	size_t slot;

	if (*n == DIAG_ERRORS_MAX)
		return -E2BIG;
	if (!diag->arena)
		diag->arena = arena_new();
	if (!diag->arena)
		return -ENOMEM;
	item.file = arena_text(diag->arena, text_of(place.file)).data;
	item.text = arena_text(diag->arena, text_of(text)).data;
	more = realloc(*items, (*n + 1) * sizeof(*more));
	if (more)
		*items = more;
	if (!more || !item.file || !item.text)
		return -ENOMEM;
	slot = find_slot(more, *n, &item);
	memmove(more + slot + 1, more + slot, (*n - slot) * sizeof(*more));
	more[slot] = item;
	(*n)++;
	assert(*n <= DIAG_ERRORS_MAX);
	assert(is_in_order(more, slot) && (slot + 1 == *n || is_in_order(more, slot + 1)));
	return 0;
}

__attribute__((format(printf, 3, 0))) static void print_text(
	char *text, size_t size, const char *format, va_list arguments)
{
	(void)vsnprintf(text, size, format, arguments);
	text_mask_for_terminal(text, strlen(text));
}

void diag_add(struct diag *diag, struct place place, const char *format, ...)
{
	char text[DIAG_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	print_text(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (keep_item(diag, &diag->errors, &diag->n_errors, place, text) < 0)
		diag->n_more++;
}

__attribute__((format(printf, 3, 0))) static void keep_warning(
	struct diag *diag, struct place place, const char *format, va_list arguments)
{
	char text[DIAG_TEXT_MAX];

	print_text(text, sizeof(text), format, arguments);
	if (keep_item(diag, &diag->warnings, &diag->n_warnings, place, text) < 0)
		diag->n_more_warnings++;
}

void diag_warn(struct diag *diag, struct place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	keep_warning(diag, place, format, arguments);
	va_end(arguments);
}

void diag_advise(struct diag *diag, struct place place, const char *format, ...)
{
	va_list arguments;

	if (!diag->advises)
		return;
	va_start(arguments, format);
	keep_warning(diag, place, format, arguments);
	va_end(arguments);
}

void diag_move(struct diag *diag, struct diag *from, bool as_warnings)
{
	for (size_t i = 0; i < from->n_errors; i++) {
		const struct diag_error *item = &from->errors[i];

		(as_warnings ? diag_warn : diag_add)(diag,
			(struct place){ item->file, item->line, item->column }, "%s", item->text);
	}
	for (size_t i = 0; i < from->n_warnings; i++) {
		const struct diag_error *item = &from->warnings[i];

		diag_warn(diag, (struct place){ item->file, item->line, item->column }, "%s",
			item->text);
	}
	*(as_warnings ? &diag->n_more_warnings : &diag->n_more) += from->n_more;
	diag->n_more_warnings += from->n_more_warnings;
	diag_done(from);
}

static void mask(char *text)
{
	text_mask_damage(text, strlen(text));
	text_mask_for_terminal(text, strlen(text));
}

void diag_format_parts(const struct diag_error *item, char *place, char *text)
{
	if (item->line > 0)
		(void)snprintf(
			place, DIAG_PLACE_SIZE, "%s:%u:%u", item->file, item->line, item->column);
	else
		(void)snprintf(place, DIAG_PLACE_SIZE, "%s", item->file);
	(void)snprintf(text, DIAG_TEXT_MAX, "%s", item->text);
	mask(place);
	mask(text);
}

static void format_item(const struct diag_error *item, const char *level, char *text, size_t size)
{
	if (item->line > 0)
		(void)snprintf(text, size, "%s:%u:%u: %s: %s", item->file, item->line, item->column,
			level, item->text);
	else
		(void)snprintf(text, size, "%s: %s: %s", item->file, level, item->text);
	mask(text);
}

void diag_format(const struct diag_error *error, char *text, size_t size)
{
	format_item(error, "error", text, size);
}

void diag_summarize(const struct diag *diag, char *text, size_t size)
{
	size_t len;

	assert(diag->n_errors > 0);
	diag_format(&diag->errors[0], text, size);
	len = strlen(text);
	if (diag_count(diag) > 1)
		(void)snprintf(text + len, size - len, " (and %zu more)", diag_count(diag) - 1);
}

void diag_print_more(size_t n, const char *what, FILE *stream)
{
	if (n > 0)
		(void)fprintf(stream, "… and %zu more %s\n", n, what);
}

void diag_print(const struct diag *diag, FILE *stream)
{
	char text[ITEM_SIZE];

	for (size_t i = 0; i < diag->n_errors; i++) {
		diag_format(&diag->errors[i], text, sizeof(text));
		(void)fprintf(stream, "%s\n", text);
	}
	diag_print_more(diag->n_more, "errors", stream);
	for (size_t i = 0; i < diag->n_warnings; i++) {
		format_item(&diag->warnings[i], "warning", text, sizeof(text));
		(void)fprintf(stream, "%s\n", text);
	}
	diag_print_more(diag->n_more_warnings, "warnings", stream);
}

void diag_log(const struct diag *diag)
{
	char text[ITEM_SIZE];

	for (size_t i = 0; i < diag->n_errors; i++) {
		diag_format(&diag->errors[i], text, sizeof(text));
		log_plain(LOG_ERR, text);
	}
	if (diag->n_more > 0)
		log_error("… and %zu more errors", diag->n_more);
	for (size_t i = 0; i < diag->n_warnings; i++) {
		format_item(&diag->warnings[i], "warning", text, sizeof(text));
		log_plain(LOG_WARNING, text);
	}
	if (diag->n_more_warnings > 0)
		log_warning("… and %zu more warnings", diag->n_more_warnings);
}
