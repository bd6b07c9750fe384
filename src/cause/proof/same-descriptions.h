/* Causes of one catalog that nothing but their codes distinguish. */
#pragma once

struct catalog;
struct diag;

/* Warn of each cause that has the description of an earlier one of the catalog, where the list
 * advises. Returns 0 or -ENOMEM. */
int same_descriptions_find(const struct catalog *catalog, struct diag *diag);
