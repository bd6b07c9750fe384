/* The list keeps copies of its texts in an arena of its own, and so outlives the file it speaks of.
 * Control characters become `?`: what stands in a broken file must not drive somebody's terminal.
 */
#include "config.h"

#include "base/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"

void diag_done(struct diag *diag)
{
	(void)arena_free(diag->arena);
	free(diag->errors);
	*diag = (struct diag){ 0 };
}

static int diag_keep(struct diag *diag, struct place place, const char *text)
{
	struct diag_error error = { .line = place.line, .column = place.column };
	struct diag_error *errors;

	if (diag->n_errors == DIAG_ERRORS_MAX)
		return -E2BIG;
	if (!diag->arena)
		diag->arena = arena_new();
	if (!diag->arena)
		return -ENOMEM;
	error.file = arena_text(diag->arena, text_of(place.file)).data;
	error.text = arena_text(diag->arena, text_of(text)).data;
	errors = realloc(diag->errors, (diag->n_errors + 1) * sizeof(*errors));
	if (errors)
		diag->errors = errors;
	if (!errors || !error.file || !error.text)
		return -ENOMEM;
	errors[diag->n_errors++] = error;
	return 0;
}

void diag_add(struct diag *diag, struct place place, const char *format, ...)
{
	char text[DIAG_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_mask_controls(text, strlen(text));
	if (diag_keep(diag, place, text) < 0)
		diag->n_more++;
}

void diag_format(const struct diag_error *error, char *text, size_t size)
{
	if (error->line > 0)
		(void)snprintf(text, size, "%s:%u:%u: error: %s", error->file, error->line,
			error->column, error->text);
	else
		(void)snprintf(text, size, "%s: error: %s", error->file, error->text);
	text_mask_controls(text, strlen(text));
}

void diag_print(const struct diag *diag, FILE *stream)
{
	char text[DIAG_TEXT_MAX + 4096];

	for (size_t i = 0; i < diag->n_errors; i++) {
		diag_format(&diag->errors[i], text, sizeof(text));
		(void)fprintf(stream, "%s\n", text);
	}
	if (diag->n_more > 0)
		(void)fprintf(stream, "… and %zu more errors\n", diag->n_more);
}

void diag_log(const struct diag *diag)
{
	char text[DIAG_TEXT_MAX + 4096];

	for (size_t i = 0; i < diag->n_errors; i++) {
		diag_format(&diag->errors[i], text, sizeof(text));
		log_plain(LOG_ERR, text);
	}
	if (diag->n_more > 0)
		log_error("… and %zu more errors", diag->n_more);
}
