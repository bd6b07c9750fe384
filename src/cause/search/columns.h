/* One column of a delimited record (base/csv), by its number or by its name in a line of headers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { COLUMN_TEXT_MAX = 63 }; /* bytes of a header, and of a text to compare with */

struct column_query {
	size_t number;      /* from 1 */
	char separator;     /* as csv_read_field() takes it */
	size_t width;       /* columns that the record must have; 0 = any */
	size_t where;       /* column that must have the text `equals`; 0 = none */
	struct text equals; /* compared without the blanks around the field */
};

/* Outcomes of column_find besides 0. */
enum {
	COLUMN_NONE = 1, /* no such column, another width, or another text in the column `where` */
	COLUMN_TORN,     /* a quote does not close, or bytes follow one that does: the rest is not
			  * known */
};

/* The column of the record `line`, which holds no line end. The time is linear in the length of
 * the line. Returns 0 with the range of its value, without quotes around it; or an outcome. */
int column_find(
	struct text line, const struct column_query *query, size_t *ret_offset, size_t *ret_len);

/* The number of the column that a line of headers calls `name`, letter case and the blanks around
 * it ignored. Returns 0 where there is none. */
size_t column_find_header(struct text line, char separator, struct text name);
