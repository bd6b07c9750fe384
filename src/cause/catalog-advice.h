/* What a check advises on a cause while it is read: its texts, where they are written. It has no
 * effect unless the list advises. */
#pragma once

#include "base/diag.h"
#include "base/text.h"

/* Bytes of a description that a bracket should not exceed: those of the shipped catalogs have at
 * most 232. */
enum { CATALOG_DESCRIPTION_USUAL = 250 };

/* Warn of a description that is no sentence, or longer than CATALOG_DESCRIPTION_USUAL. */
void catalog_advise_description(struct diag *diag, struct place place, struct text description);

/* Warn of a category that is none of `categories`, NULL at the end. */
void catalog_advise_category(
	struct diag *diag, struct place place, struct text category, const char *const *categories);

/* Warn of a severity that does more than name a level. */
void catalog_advise_severity(struct diag *diag, struct place place, int severity);
