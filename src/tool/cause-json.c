/* The same names as in `because filter --format json`. */
#include "config.h"

#include "tool/cause-json.h"

#include "cause/catalog.h"
#include "record/severity.h"
#include "record/side.h"
#include "wire/json.h"

static void add_texts(struct buffer *out, const char *name, const struct text_list *list)
{
	json_add_name(out, name);
	buffer_add_char(out, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			buffer_add_char(out, ',');
		json_add_text(out, list->items[i]);
	}
	buffer_add_char(out, ']');
}

static void add_number_or_null(struct buffer *out, const char *name, uint32_t code)
{
	json_add_name(out, name);
	if (code != CATALOG_NO_CODE)
		buffer_add_number(out, code);
	else
		buffer_add_string(out, "null");
}

int cause_json_print(
	const struct catalog *catalog, const struct cause *cause, uint32_t code, struct buffer *out)
{
	buffer_add_char(out, '{');
	json_add_name(out, "code");
	if (cause_has_code(cause))
		buffer_add_number(out, code);
	else
		json_add_text(out, cause->name);
	add_number_or_null(out, "code_first", cause->code);
	add_number_or_null(out, "code_last", cause->last);
	json_add_pair(out, "name", cause->name);
	json_add_pair(out, "description", cause->description);
	json_add_pair(out, "severity", text_of(severity_names[cause->severity]));
	json_add_pair_or_null(out, "component", cause->component);
	json_add_pair_or_null(out, "category", cause->category);
	json_add_pair(out, "side", text_of(side_of(cause->category)));
	json_add_pair_or_null(out, "action", cause->action);
	add_texts(out, "possibilities", cause->possibilities);
	add_texts(out, "aliases", cause->aliases);
	json_add_pair(out, "catalog", catalog->name);
	buffer_add_string(out, "}\n");
	return buffer_finish(out);
}
