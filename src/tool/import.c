/* `because import`: a vendor's table becomes a catalog on standard output. What was made is read
 * once more as a catalog, so that nothing is written that does not load. */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/diag.h"
#include "base/io.h"
#include "base/log.h"
#include "cause/catalog.h"
#include "tool/import/catalog-text.h"
#include "tool/import/slug.h"
#include "tool/import/table.h"
#include "tool/tool.h"

enum { READ_SIZE = 64 * 1024 };

#define STANDARD_INPUT "standard input"
#define NAME_DEFAULT "imported"

/* What is imported. */
struct import {
	const char *path;
	struct text
		source; /* the name of the file, without its directories; empty = standard input */
	char name[CATALOG_NAME_MAX + 1];
};

/* The last part of a path. */
static struct text base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return text_of(slash ? slash + 1 : path);
}

static struct text without_extension(struct text file)
{
	const char *dot = file.len > 1 ? memrchr(file.data + 1, '.', file.len - 1) : NULL;

	return dot ? text_make(file.data, (size_t)(dot - file.data)) : file;
}

/* Choose the catalog's name: the one that is given, or one that is made of the file's. */
static int choose_name(const struct tool_options *options, struct import *import)
{
	struct text given = text_of(options->catalog);

	if (options->catalog && (!schema_is_slug(given) || given.len > CATALOG_NAME_MAX)) {
		log_error("catalog '%s' must be lower-case letters, digits and single hyphens, "
			  "starting with a letter, at most %d bytes",
			options->catalog, CATALOG_NAME_MAX);
		return -EINVAL;
	}
	if (options->catalog) {
		memcpy(import->name, given.data, given.len + 1);
	} else if (slug_print(without_extension(import->source), import->name) == 0) {
		(void)snprintf(import->name, sizeof(import->name), NAME_DEFAULT);
		log_warning(
			"the catalog is named '%s'; --catalog gives it another name", import->name);
	}
	return 0;
}

static int read_standard_input(struct buffer *content)
{
	size_t n = 1;

	while (n > 0) {
		int r = buffer_reserve(content, READ_SIZE);

		if (r == 0)
			r = io_read(STDIN_FILENO, content->data + content->len, READ_SIZE, &n);
		if (r == -EAGAIN)
			r = io_wait(STDIN_FILENO, POLLIN);
		else if (r == 0)
			content->len += n;
		if (r < 0)
			return r;
	}
	return 0;
}

/* Read the whole table. Returns 0 or a negative errno, which was added to `diag`. */
static int read_content(const struct import *import, struct buffer *content, struct diag *diag)
{
	const struct place place = { .file = import->path };
	int r = import->source.len > 0 ? io_read_file(import->path, content)
				       : read_standard_input(content);

	if (r == 0 && content->len > TABLE_SIZE_MAX)
		r = -EFBIG;
	if (r == -EFBIG || r == -EMSGSIZE)
		diag_add(diag, place, "a table has at most %d bytes", TABLE_SIZE_MAX);
	else if (r < 0)
		diag_add(diag, place, "cannot read: %s", io_read_reason(r));
	return r;
}

/* Whether the catalog that was made loads. */
static int check_catalog(struct text yaml, struct diag *diag)
{
	CLEANUP(catalog_freep) struct catalog *catalog = NULL;

	return catalog_read("the catalog that was made", yaml, diag, &catalog);
}

/* What the catalog tells of its source: nothing where the name of the file is not plain text. */
static struct text find_source(const struct import *import)
{
	bool is_plain = text_is_utf8(import->source) && !text_has_controls(import->source) &&
			text_find_reordering(import->source) == 0;

	return is_plain ? import->source : text_make("", 0);
}

/* Make the catalog. Returns 0; -EINVAL with the errors in `diag`; -ENOMEM or -EMSGSIZE. */
static int convert(
	const struct import *import, struct text content, struct diag *diag, struct buffer *yaml)
{
	struct table table = { 0 };
	int r = table_read(import->path, content, diag, &table);

	if (r < 0)
		return r;
	catalog_text_print(&table, text_of(import->name), find_source(import), yaml);
	table_done(&table);
	r = buffer_finish(yaml);
	if (r == -EMSGSIZE)
		diag_add(diag, (struct place){ .file = import->path },
			"the catalog would have more than %d bytes", YAML_SIZE_MAX);
	return r < 0 ? r : check_catalog(buffer_text(yaml), diag);
}

static int import_table(const struct import *import)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(TABLE_SIZE_MAX + READ_SIZE);
	CLEANUP(buffer_done) struct buffer yaml = buffer_make(YAML_SIZE_MAX);
	CLEANUP(diag_done) struct diag diag = { 0 };
	int r = read_content(import, &content, &diag);

	if (r == 0)
		r = convert(import, buffer_text(&content), &diag, &yaml);
	diag_log(&diag);
	if (r == -ENOMEM)
		log_error("out of memory");
	if (r < 0)
		return TOOL_WRONG;
	assert(yaml.data);
	(void)fwrite(yaml.data, 1, yaml.len, stdout);
	return TOOL_GOOD;
}

int tool_import(const struct tool_options *options)
{
	struct import import = { 0 };

	if (options->n_arguments != 1) {
		log_error(options->n_arguments == 0
				  ? "which table? For instance: because import causes.csv"
				  : "because import takes one file");
		return TOOL_USAGE;
	}
	import.path = options->arguments[0];
	if (strcmp(import.path, "-") == 0)
		import.path = STANDARD_INPUT;
	else
		import.source = base_name(import.path);
	if (choose_name(options, &import) < 0)
		return TOOL_USAGE;
	return tool_finish_output(import_table(&import));
}
