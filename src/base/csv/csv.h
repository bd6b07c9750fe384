/* Delimited records, as RFC 4180 has them: fields between separators, a record to a line. A field
 * in double quotes may hold separators, line ends, and quotes, which are doubled. The functions are
 * pure: bytes in, ranges of bytes out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* The separators of usual tables, the most usual first. */
#define CSV_SEPARATORS ",;\t"

/* What ends a field. */
enum csv_end {
	CSV_SEPARATOR, /* the next field of the record follows, even if the text ends there */
	CSV_LINE_END,  /* LF or CRLF: the record ends */
	CSV_TEXT_END,  /* the record ends; a CR before the end of the text belongs to it */
};

/* How a quoted field breaks the rules. */
enum csv_fault {
	CSV_NO_FAULT,
	CSV_NO_QUOTE,     /* the closing quote is missing: the field ends with the text */
	CSV_BEHIND_QUOTE, /* bytes follow the closing quote; they are left out */
};

struct csv_field {
	struct text value; /* in the text, without the quotes around it; quotes in it are doubled */
	bool is_quoted;    /* the field begins with a quote */
	enum csv_fault fault;
	enum csv_end end;
	size_t next; /* offset behind what ended the field */
};

/* Read the field that begins at text[at]; at the end of the text it is empty. `separator` is
 * neither a quote nor CR nor LF. A quote that does not begin a field is a byte like others, and so
 * are a CR inside a line and blanks. The time is linear in the length of the field. */
void csv_read_field(struct text text, size_t at, char separator, struct csv_field *ret);

/* Write the value of a field to `out`, which has room for value.len bytes: each doubled quote of a
 * quoted field once. Returns how many bytes were written. */
size_t csv_copy_value(const struct csv_field *field, char *out);
