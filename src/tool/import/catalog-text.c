/* Texts are plain where no one could read them otherwise, and in single quotes elsewhere: there, a
 * quote is the only character that means something. They have one line and no control characters.
 */
#include "config.h"

#include "tool/import/catalog-text.h"

#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "cause/catalog.h"
#include "record/severity.h"
#include "tool/import/table-data.h"

/* Bytes besides letters, digits and `_` that mean themselves inside of a text without quotes. */
#define PLAIN_IN_LIST " ./()-"
#define PLAIN_IN_LINE PLAIN_IN_LIST ",;'?!+="

static bool is_plain(struct text text, const char *plain)
{
	if (text.len == 0 || !char_is_word(text.data[0]) || text.data[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_word(text.data[i]) && !strchr(plain, text.data[i]))
			return false;
	return true;
}

static void print_text(struct buffer *out, struct text text, const char *plain)
{
	const char *quote;

	if (is_plain(text, plain)) {
		buffer_add_text(out, text);
		return;
	}
	buffer_add_char(out, '\'');
	while ((quote = memchr(text.data, '\'', text.len))) {
		size_t len = (size_t)(quote - text.data) + 1;

		buffer_add(out, text.data, len);
		buffer_add_char(out, '\'');
		text_skip(&text, len);
	}
	buffer_add_text(out, text);
	buffer_add_char(out, '\'');
}

/* A line of a cause: its key, its value, and perhaps a comment. */
static void print_member(
	struct buffer *out, const char *key, struct text value, const char *comment)
{
	if (value.len == 0)
		return;
	buffer_add_format(out, "    %s: ", key);
	print_text(out, value, PLAIN_IN_LINE);
	buffer_add_format(out, "%s%s\n", comment ? "  # " : "", comment ? comment : "");
}

static void print_aliases(struct buffer *out, const struct table_row *row)
{
	const char *between = "    aliases: [";

	for (size_t i = 0; i < row->aliases.n; i++) {
		if (row->aliases.items[i].len == 0)
			continue;
		buffer_add_string(out, between);
		print_text(out, row->aliases.items[i], PLAIN_IN_LIST);
		between = ", ";
	}
	if (between[0] == ',')
		buffer_add_string(out, "]\n");
	if (row->notes & TABLE_SHARED_ALIAS)
		buffer_add_string(
			out, "    # other causes of the table have one of its aliases, too\n");
}

/* The code and the name, of which one begins the item of the list. */
static void print_code_and_name(struct buffer *out, const struct table_row *row)
{
	size_t start = out->len;

	if (row->code != CATALOG_NO_CODE && row->last > row->code)
		buffer_add_format(out, "    code: %" PRIu32 "-%" PRIu32 "\n", row->code, row->last);
	else if (row->code != CATALOG_NO_CODE)
		buffer_add_format(out, "    code: %" PRIu32 "\n", row->code);
	print_member(out, "name", row->name,
		row->notes & TABLE_NO_NAME        ? "the table has no name for it"
		: row->notes & TABLE_FOREIGN_NAME ? "the name in the table has no ASCII letters"
		: row->notes & TABLE_SHARED_NAME  ? "other causes of the table have this name, too"
						  : NULL);
	if (buffer_finish(out) == 0)
		out->data[start + 2] = '-';
}

static void print_row(struct buffer *out, const struct table_row *row)
{
	print_code_and_name(out, row);
	print_member(out, "description", row->description, NULL);
	print_member(out, "severity", text_of(severity_names[row->severity]),
		row->notes & TABLE_NO_SEVERITY ? "the table has no severity for it" : NULL);
	print_member(out, "component", row->component, NULL);
	print_member(out, "category", row->category, NULL);
	print_member(out, "action", row->action, NULL);
	print_aliases(out, row);
}

void catalog_text_print(
	const struct table *table, struct text name, struct text source, struct buffer *out)
{
	buffer_add_string(out,
		"# Made by because import. Look at the lines with a comment, then run\n"
		"# because check on this file.\n");
	if (!table->has_categories)
		buffer_add_string(out,
			"# The table has no categories; becaused-catalog(5) has their "
			"list.\n");
	buffer_add_format(out, "catalog: %.*s\n", TEXT_FORMAT(name));
	if (source.len > 0) {
		buffer_add_string(out, "source: ");
		print_text(out, source, PLAIN_IN_LINE);
		buffer_add_char(out, '\n');
	}
	buffer_add_string(out, "causes:\n");
	for (size_t i = 0; i < table->n_rows; i++)
		print_row(out, &table->rows[i]);
}
