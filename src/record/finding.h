/* One release cause found in one record: what the catalog has on it, and where the code was. It is
 * plain data: the texts belong to the catalog and the profile, which outlive the record. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

enum {
	FINDING_CODE_MAX = 63,        /* bytes of a code in text form */
	FINDING_UNKNOWN_SEVERITY = 5, /* LOG_NOTICE: of a code that is in no catalog */
};

struct finding {
	/* Normalized: decimal without leading zeros; the name of a known cause without a number; or
	 * an unknown name. */
	char code[FINDING_CODE_MAX + 1];
	bool numeric; /* `code` is decimal */
	bool known;   /* the catalog has it; else the next five are empty */
	struct text name;
	struct text description;
	struct text component;
	struct text category;
	struct text action;
	int severity; /* LOG_EMERG..LOG_DEBUG */
	struct text catalog;
	struct text catalog_version;
	struct text profile;
	struct text key; /* as the profile spells it; the literal of a pattern */
	bool in_message; /* offset and len count; else it came from a structured field */
	size_t offset;   /* of the code as written, in bytes from the start of the message */
	size_t len;
};

/* The terminal sequence that starts the color of a severity, as journalctl shows it, and the one
 * that ends it. */
const char *finding_color(int severity);
#define FINDING_COLOR_RESET "\033[0m"

/* The beginning of a bracket. A code and a blank follow, or a name that is the code and a comma. */
#define FINDING_BRACKET "[release cause "

enum { FINDING_PARTS_MAX = 9 };

/* The parts of the bracket of a finding, with a blank before it:
 * ` [release cause 512 skill-queue-full, warning: DESCRIPTION]`;
 * ` [release cause no-agents, warning: DESCRIPTION]`, where the cause has no number; or
 * ` [release cause 9999 unknown to huawei-cec, notice]`. Returns how many there are. */
size_t finding_bracket(const struct finding *finding, struct text parts[FINDING_PARTS_MAX]);

/* Append the bracket of a finding. */
void finding_print(const struct finding *finding, struct buffer *out);
