/* Only profiles without `default: no` are held against each other: another one is used where the
 * administrator wants it. One that requires too little, and so is none of `all`, is meant to be. */
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

/* The profiles with `default: no`, or the others, in the order in which `all` uses them. Returns
 * how many there are. */
static size_t collect(
	const struct library *library, bool named_only, const struct profile **profiles)
{
	size_t n = 0;

	for (size_t i = 0; i < library->n_files; i++) {
		const struct profile *profile = library->files[i].profile;

		if (!profile || library->files[i].broken || !profile_is_bound(profile))
			continue;
		if (profile->named_only == named_only)
			profiles[n++] = profile;
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

/* Each profile with `default: no` is used without the others. */
static int advise_named(
	const struct library *library, const struct profile **profiles, struct diag *diag)
{
	size_t n = collect(library, true, profiles);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = shadows_find(&profiles[i], 1, diag);
	return r;
}

int library_prove(const struct library *library, struct diag *diag)
{
	CLEANUP(freep) const struct profile **profiles = NULL;
	size_t n;

	if (!diag->advises)
		return 0;
	profiles = calloc(library->n_files + 1, sizeof(struct profile *));
	if (!profiles || advise_files(library, diag) < 0 ||
		advise_named(library, profiles, diag) < 0)
		return -ENOMEM;
	n = collect(library, false, profiles);
	if (shadows_find(profiles, n, diag) < 0)
		return -ENOMEM;
	return claims_find(profiles, n, CLAIM_WORK_MAX, diag);
}
