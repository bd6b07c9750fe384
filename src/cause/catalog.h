/* A catalog: the causes of one numbering, read from YAML, looked up by code or by name. It is
 * immutable once loaded and overridden, and shared by all readers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/schema.h"
#include "cause/search/key-value.h"

enum {
	CATALOG_CAUSES_MAX = 2000000,
	CATALOG_NAME_MAX = 63,        /* bytes of a name or an alias */
	CATALOG_LIST_MAX = 32,        /* aliases, or possibilities, of one cause */
	CATALOG_TEXT_MAX = 1000,      /* bytes of a description or an action */
	CATALOG_SEVERITY_DEFAULT = 5, /* LOG_NOTICE: of a cause that is added without a severity */
	CATALOG_VERSION_LEN = 16,
};

/* The code of a cause that has none: its name stands where the code would. */
#define CATALOG_NO_CODE UINT32_MAX

struct cause {
	uint32_t code, last; /* first and last code; the same but for a range */
	struct text name;    /* not empty */
	struct text description;
	int severity; /* LOG_EMERG..LOG_DEBUG */
	bool added;   /* by an override, and not of the catalog's file */
	struct text component;
	struct text category;
	struct text action; /* empty where there is no useful one */
	/* Without places; never NULL. Most causes have none, and there may be a million causes. */
	const struct text_list *possibilities;
	const struct text_list *aliases;
	struct place place;
};

struct catalog_name {
	struct text name; /* a name or an alias */
	const struct cause *cause;
};

struct catalog {
	struct arena *arena; /* of all but the arrays */
	struct text name;
	struct text title;
	struct text source;
	struct place place;
	struct cause *causes; /* by code, without overlaps; then those without
			       * one, as written, and added ones behind them */
	size_t n_causes;
	uint32_t *codes;            /* the first code of each cause that has one */
	size_t n_coded;             /* causes that have a code */
	struct catalog_name *names; /* by name, letter case ignored */
	size_t n_names;
	uint64_t hash;
	char version[CATALOG_VERSION_LEN + 1]; /* hash of the content, overrides included, in hex */
};

/* A cause without a code, and with all else empty, to be filled. */
struct cause cause_make(struct place place);

/* "normal", "party-action" and so on, NULL at the end. */
extern const char *const catalog_categories[];

static inline bool cause_has_code(const struct cause *cause)
{
	return cause->code != CATALOG_NO_CODE;
}

/* Read a catalog from the YAML text `data`. `file` names it in messages and must outlive it.
 * Returns 0; -EINVAL with all errors added to `diag`; -ENOMEM. */
int catalog_read(const char *file, struct text data, struct diag *diag, struct catalog **ret);

/* As catalog_read, of content that need not be in memory. Returns also the errors of the stream.
 * After -EINVAL, only catalog_read() finds all that there is to report. */
int catalog_read_stream(const char *file, const struct yaml_stream *stream, struct diag *diag,
	struct catalog **ret);

/* Accepts NULL, returns NULL. */
struct catalog *catalog_free(struct catalog *catalog);
CLEANUP_DEFINE(struct catalog *, catalog_free);

/* Put the causes in order, index their names and set the version, when the causes are read or
 * changed. Errors where two have one code or one name. Returns 0 or -ENOMEM. */
int catalog_settle(struct catalog *catalog, uint64_t hash, struct diag *diag);

/* Assert what all that use a catalog rely on. */
void catalog_check_invariants(const struct catalog *catalog);

/* Whether two causes are one, or parts of a range that an override has split. */
bool cause_is_same(const struct cause *a, const struct cause *b);

/* The cause of `code`, owned by the catalog; NULL if it has none. */
const struct cause *catalog_find(const struct catalog *catalog, uint64_t code);

/* Whether this is the name or an alias of the cause, letter case ignored. */
bool cause_has_name(const struct cause *cause, struct text name);

/* The cause with this name or alias, letter case ignored; NULL if there is none. */
const struct cause *catalog_find_name(const struct catalog *catalog, struct text name);

/* What the catalog knows of a name: whether a cause has it as name or alias. */
enum value_spelling catalog_find_spelling(const struct catalog *catalog, struct text name);

/* Where `t` is split into the ends of a range of codes: its first `-` or `~`, not counting its
 * first byte. NULL if it has none. */
const char *catalog_find_range_mark(struct text t);

/* Read a code as catalogs and overrides write it: decimal, 0..VALUE_CODE_MAX. Returns 0 or
 * -EINVAL with an error at `node` added to the reader's diag. */
int catalog_read_code(
	struct schema_reader *reader, const struct yaml_node *node, struct text t, uint32_t *ret);

/* Read a list of aliases as catalogs and overrides write it, each of at most CATALOG_NAME_MAX
 * bytes. */
void catalog_read_aliases(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target);

/* Read a category as catalogs and overrides write it. Another than catalog_categories is read, too;
 * a check warns of it. */
void catalog_read_category(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target);

/* Read a description as catalogs and overrides write it: it is printed in brackets, and must hold
 * none. A check warns of one that is no sentence. */
void catalog_read_description(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target);

/* Read a severity as catalogs and overrides write it. */
void catalog_read_severity(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target);
