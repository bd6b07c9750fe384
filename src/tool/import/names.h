/* The names of the causes that a table has are unique in a catalog, and perhaps not in the table.
 */
#pragma once

struct diag;
struct table;

/* Make the names and aliases of a table unique. Of rows with one name, the later ones get their
 * code added to it. Of rows with one alias, the first keeps it. Both are warnings. Errors where a
 * row has no code to add, or where a name is there even so. Returns 0, -EINVAL or -ENOMEM. */
int names_settle(struct table *table, struct diag *diag);
