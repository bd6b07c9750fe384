/* The list owns copies of its texts, so it outlives the arena of the file it speaks of. Control
 * characters become `?`: what stands in a broken file must not drive somebody's terminal. */
#include "config.h"

#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void diag_done(struct diag *diag)
{
	for (size_t i = 0; i < diag->n_errors; i++) {
		free(diag->errors[i].file);
		free(diag->errors[i].text);
	}
	free(diag->errors);
	*diag = (struct diag){ 0 };
}

static int diag_keep(struct diag *diag, struct place place, const char *text)
{
	CLEANUP(freep) char *own_file = strdup(place.file ? place.file : "");
	CLEANUP(freep) char *own_text = strdup(text);
	struct diag_error *errors;

	if (!own_file || !own_text || diag->n_errors == DIAG_ERRORS_MAX)
		return -1;
	errors = realloc(diag->errors, (diag->n_errors + 1) * sizeof(*errors));
	if (!errors)
		return -1;

	diag->errors = errors;
	errors[diag->n_errors++] = (struct diag_error){
		.file = TAKE(own_file),
		.line = place.line,
		.column = place.column,
		.text = TAKE(own_text),
	};
	return 0;
}

void diag_add(struct diag *diag, struct place place, const char *format, ...)
{
	char text[DIAG_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			*c = '?';
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
