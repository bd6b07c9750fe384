/* The fields of a table while it is read: their texts, and errors at their places. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/csv/csv.h"
#include "base/text.h"
#include "tool/import/table-data.h"

enum { TABLE_COLUMNS_MAX = 64 };

/* The known columns. */
enum cell {
	CELL_CODE,
	CELL_NAME,
	CELL_DESCRIPTION,
	CELL_SEVERITY,
	CELL_COMPONENT,
	CELL_CATEGORY,
	CELL_ACTION,
	CELL_ALIASES,
	CELL_COUNT,
};

/* "code", "name" and so on, NULL at the end. */
extern const char *const table_cell_names[];

/* A table, and the record in hand. */
struct table_reader {
	const char *file;
	struct text data;
	struct diag *diag;
	struct table *table;
	char separator;
	int cells[TABLE_COLUMNS_MAX]; /* of each column; -1 = an unknown one */
	size_t n_columns;
	bool has[CELL_COUNT];
	size_t record; /* offset of the record in hand */
	unsigned line; /* that it begins in */
	struct csv_field fields[CELL_COUNT];
	bool is_wrong; /* the record has an error */
	int error;     /* -ENOMEM, or 0 */
};

/* The place of a byte of the record in hand, or of one behind it. */
struct place table_place_at(const struct table_reader *reader, const char *at);

/* Add an error at a byte of the record in hand: the record is wrong. */
void table_add_error(struct table_reader *reader, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Where the field of a column begins; where the record does, if it has no such field. */
const char *table_where(const struct table_reader *reader, int cell);

/* The text of a field in one line, in the arena; empty where the record has no such field. An error
 * is added if it holds what no catalog may hold. */
struct text table_take_text(struct table_reader *reader, int cell);

/* As table_take_text, with an error if it is longer than `max` bytes. */
struct text table_take_bounded(struct table_reader *reader, int cell, size_t max);
