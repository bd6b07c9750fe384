/* The excerpts of all messages are made first, file by file, and kept until they are printed. So
 * each file is read once, although it may have errors and warnings, and no content is kept. */
#include "config.h"

#include "base/terminal/diag-screen.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/diag.h"
#include "base/io.h"
#include "base/terminal/excerpt.h"

enum { ITEMS_MAX = 2 * DIAG_ERRORS_MAX, EXCERPT_MAX = 16 * EXCERPT_WIDTH_MAX };

struct screen_item {
	const struct diag_error *error;
	const char *level, *color;
	bool is_read; /* its file has been read */
	const char *excerpt;
};

struct items {
	struct screen_item all[ITEMS_MAX];
	size_t n;
	struct arena *arena; /* of the excerpts; NULL = there are none */
	const struct diag_look *look;
};

static void add_items(struct items *items, const struct diag_error *errors, size_t n,
	const char *level, const char *color)
{
	assert(items->n + n <= ITEMS_MAX);
	for (size_t i = 0; i < n; i++)
		items->all[items->n++] =
			(struct screen_item){ .error = &errors[i], .level = level, .color = color };
}

static void make_excerpt(struct items *items, struct screen_item *item, struct text content,
	struct excerpt_cursor *cursor)
{
	const struct excerpt_look look = { items->look->columns, item->color, items->look->reset };
	CLEANUP(buffer_done) struct buffer excerpt = buffer_make(EXCERPT_MAX);
	struct text line;

	if (item->error->line == 0 || !excerpt_find_line(content, item->error->line, cursor, &line))
		return;
	excerpt_print(line, item->error->column, &look, &excerpt);
	if (buffer_finish(&excerpt) == 0)
		item->excerpt = arena_text(items->arena, buffer_text(&excerpt)).data;
}

/* Make the excerpts of all items, from the first on, that are in the same file. */
static void read_file_of(struct items *items, size_t first)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(DIAG_SCREEN_FILE_MAX);
	const char *file = items->all[first].error->file;
	struct excerpt_cursor cursor = { 0 };
	int r = io_read_regular(file, &content);

	for (size_t i = first; i < items->n; i++) {
		struct screen_item *item = &items->all[i];

		if (item->is_read || strcmp(item->error->file, file) != 0)
			continue;
		item->is_read = true;
		if (r == 0)
			make_excerpt(items, item, buffer_text(&content), &cursor);
	}
}

static void print_items(const struct items *items, size_t first, size_t n, FILE *stream)
{
	for (size_t i = first; i < first + n; i++) {
		const struct screen_item *item = &items->all[i];
		char place[DIAG_PLACE_SIZE], text[DIAG_TEXT_MAX];

		diag_format_parts(item->error, place, text);
		(void)fprintf(stream, "%s: %s%s:%s %s\n%s", place, item->color, item->level,
			items->look->reset, text, item->excerpt ? item->excerpt : "");
	}
}

void diag_print_screen(const struct diag *diag, const struct diag_look *look, FILE *stream)
{
	CLEANUP(arena_freep) struct arena *arena = look->columns > 0 ? arena_new() : NULL;
	struct items items = { .arena = arena, .look = look };

	add_items(&items, diag->errors, diag->n_errors, "error", look->error);
	add_items(&items, diag->warnings, diag->n_warnings, "warning", look->warning);
	for (size_t i = 0; i < items.n && arena; i++)
		if (!items.all[i].is_read)
			read_file_of(&items, i);
	print_items(&items, 0, diag->n_errors, stream);
	diag_print_more(diag->n_more, "errors", stream);
	print_items(&items, diag->n_errors, diag->n_warnings, stream);
	diag_print_more(diag->n_more_warnings, "warnings", stream);
}
