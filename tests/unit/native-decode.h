/* A reader of the journal's native datagram, written from systemd's JOURNAL_NATIVE_PROTOCOL and
 * not from our writer: it refuses what journald would refuse or read otherwise. */
#pragma once

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

enum {
	NATIVE_DECODE_FIELDS_MAX = 1024, /* ENTRY_FIELD_COUNT_MAX of journald */
	NATIVE_DECODE_NAME_MAX = 64,
};

struct native_field {
	struct text name, value;
};

/* One entry; the texts lie in the bytes it was read from. */
struct native_entry {
	struct native_field fields[NATIVE_DECODE_FIELDS_MAX];
	size_t n;
};

/* As journal_field_valid() of systemd, for a client: no `_` and no digit first. */
static inline bool native_name_is_valid(struct text name)
{
	if (name.len == 0 || name.len > NATIVE_DECODE_NAME_MAX)
		return false;
	if (name.data[0] < 'A' || name.data[0] > 'Z')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return true;
}

/* Read the field that starts at `*at`, which moves behind it. Returns 0 or -EBADMSG. */
static inline int native_decode_field(struct text bytes, size_t *at, struct native_field *ret)
{
	const char *start = bytes.data + *at;
	size_t left = bytes.len - *at;
	const char *lf = memchr(start, '\n', left);
	const char *equals = lf ? memchr(start, '=', (size_t)(lf - start)) : NULL;
	uint64_t len;

	if (!lf)
		return -EBADMSG;
	if (equals) {
		ret->name = text_make(start, (size_t)(equals - start));
		ret->value = text_make(equals + 1, (size_t)(lf - equals) - 1);
		*at += (size_t)(lf - start) + 1;
		return native_name_is_valid(ret->name) ? 0 : -EBADMSG;
	}

	ret->name = text_make(start, (size_t)(lf - start));
	left -= ret->name.len + 1;
	if (left < sizeof(len))
		return -EBADMSG;
	memcpy(&len, lf + 1, sizeof(len));
	len = le64toh(len);
	left -= sizeof(len);
	if (len >= left)
		return -EBADMSG;
	ret->value = text_make(lf + 1 + sizeof(len), (size_t)len);
	if (ret->value.data[len] != '\n')
		return -EBADMSG;
	*at += ret->name.len + 1 + sizeof(len) + (size_t)len + 1;
	return native_name_is_valid(ret->name) ? 0 : -EBADMSG;
}

/* Read a datagram of one entry. Returns 0; -EBADMSG where journald would drop a field or the
 * entry, an empty line (which would end the entry) included; -E2BIG with more fields than it
 * takes. */
static inline int native_decode(struct text bytes, struct native_entry *ret)
{
	size_t at = 0;

	ret->n = 0;
	while (at < bytes.len) {
		int r;

		if (ret->n == NATIVE_DECODE_FIELDS_MAX)
			return -E2BIG;
		r = native_decode_field(bytes, &at, &ret->fields[ret->n]);
		if (r < 0)
			return r;
		ret->n++;
	}
	return ret->n > 0 ? 0 : -EBADMSG;
}

/* How many values the field `name` has. */
static inline size_t native_count(const struct native_entry *entry, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < entry->n; i++)
		n += text_equal(entry->fields[i].name, text_of(name));
	return n;
}

/* Value number `index` of the field `name`, from 0; .data is NULL where there is none. */
static inline struct text native_value(
	const struct native_entry *entry, const char *name, size_t index)
{
	for (size_t i = 0; i < entry->n; i++)
		if (text_equal(entry->fields[i].name, text_of(name)) && index-- == 0)
			return entry->fields[i].value;
	return text_make(NULL, 0);
}
