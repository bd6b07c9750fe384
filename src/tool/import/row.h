/* A record of a table becomes a row. */
#pragma once

struct table_reader;

/* Read the record in hand and add a row to the table, or errors: the record is wrong. A refusal of
 * memory is kept in the reader's `error`. */
void row_read(struct table_reader *reader);
