/* Only the profiles that `all` means are held against each other: another one is used where the
 * administrator wants it. */
#include "config.h"

#include "flow/setup/library-proof.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cause/profile.h"
#include "cause/proof/advice.h"
#include "cause/proof/claims.h"
#include "cause/proof/same-descriptions.h"
#include "cause/proof/shadows.h"
#include "flow/setup/library.h"
#include "flow/setup/profile-choice.h"

/* The default profiles, in the order in which `all` uses them. */
static size_t collect_defaults(const struct library *library, const struct profile **profiles)
{
	size_t n = 0;

	for (size_t i = 0; i < library->n_files; i++) {
		const struct library_file *file = &library->files[i];

		if (!file->profile || file->broken || !profile_is_bound(file->profile))
			continue;
		if (choice_is_default(file->profile))
			profiles[n++] = file->profile;
	}
	return n;
}

/* Advise on each file. Causes of an override are among those of its catalog. */
static int advise_files(const struct library *library, struct diag *diag)
{
	for (size_t i = 0; i < library->n_files; i++) {
		const struct library_file *file = &library->files[i];

		if (file->broken)
			continue;
		if (file->profile)
			profile_advise(file->profile, diag);
		if (file->catalog && same_descriptions_find(file->catalog, diag) < 0)
			return -ENOMEM;
	}
	return 0;
}

int library_prove(const struct library *library, struct diag *diag)
{
	CLEANUP(freep) const struct profile **profiles = NULL;
	size_t n;

	if (!diag->advises)
		return 0;
	profiles = calloc(library->n_files + 1, sizeof(struct profile *));
	if (!profiles || advise_files(library, diag) < 0)
		return -ENOMEM;
	n = collect_defaults(library, profiles);
	if (shadows_find(profiles, n, diag) < 0)
		return -ENOMEM;
	return claims_find(profiles, n, CLAIM_WORK_MAX, diag);
}
