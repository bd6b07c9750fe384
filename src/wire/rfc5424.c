#include "config.h"

#include "wire/rfc5424.h"

#include <stdbool.h>

static bool is_name_char(char c)
{
	return c > ' ' && c < 0x7F && c != '=' && c != ']' && c != '"';
}

/* Bytes of the SD-NAME at `at`; 0 where there is none. */
static size_t name_len(struct text t, size_t at)
{
	size_t n = 0;

	while (at + n < t.len && is_name_char(t.data[at + n]))
		n++;
	return n <= RFC5424_SD_NAME_MAX ? n : 0;
}

/* Bytes of the parameter at `at`, `NAME="VALUE"`; 0 where there is none. A backslash before any
 * other byte than `"`, `\` and `]` stands for itself. */
static size_t parameter_len(struct text t, size_t at)
{
	size_t start = at, name = name_len(t, at);

	at += name;
	if (name == 0 || t.len - at < 2 || t.data[at] != '=' || t.data[at + 1] != '"')
		return 0;
	for (at += 2; at < t.len; at++) {
		if (t.data[at] == '"')
			return at + 1 - start;
		if (t.data[at] == ']')
			return 0;
		if (t.data[at] == '\\' && at + 1 < t.len &&
			(t.data[at + 1] == '"' || t.data[at + 1] == '\\' || t.data[at + 1] == ']'))
			at++;
	}
	return 0;
}

size_t rfc5424_element(struct text t, struct text *ret_id)
{
	size_t at = 1;
	size_t id = t.len > 0 && t.data[0] == '[' ? name_len(t, at) : 0;

	if (id == 0)
		return 0;
	at += id;
	while (at < t.len && t.data[at] == ' ') {
		size_t n = parameter_len(t, at + 1);

		if (n == 0)
			return 0;
		at += 1 + n;
	}
	if (at == t.len || t.data[at] != ']')
		return 0;
	*ret_id = text_make(t.data + 1, id);
	return at + 1;
}

size_t rfc5424_structured_data(struct text t)
{
	struct text id;
	size_t at = 0, n;

	while ((n = rfc5424_element(text_make(t.data + at, t.len - at), &id)) > 0)
		at += n;
	return at;
}
