/* The bracket is read by people and cut out by scripts: its form is part of the contract. */
#include "config.h"

#include "record/finding.h"

#include <assert.h>

#include "record/severity.h"

const char *finding_color(int severity)
{
	/* emerg to err bold red, warning bold yellow, notice bold, info cyan, debug gray. */
	static const char *const colors[] = { "\033[1;31m", "\033[1;31m", "\033[1;31m",
		"\033[1;31m", "\033[1;33m", "\033[1m", "\033[36m", "\033[90m" };

	assert(severity >= 0 && severity < SEVERITY_COUNT);
	return colors[severity];
}

#define PART(literal) text_make(literal, sizeof(literal) - 1)

size_t finding_bracket(const struct finding *finding, struct text parts[FINDING_PARTS_MAX])
{
	size_t n = 0;

	assert(finding->code[0] != '\0');
	assert(finding->severity >= 0 && finding->severity < SEVERITY_COUNT);
	assert(finding->known || finding->name.len == 0);
	assert(!finding->known || finding->numeric ||
		text_equal(finding->name, text_of(finding->code)));
	parts[n++] = PART(" " FINDING_BRACKET);
	parts[n++] = text_of(finding->code);
	if (!finding->known) {
		parts[n++] = PART(" unknown to ");
		parts[n++] = finding->catalog;
	} else if (finding->numeric) {
		parts[n++] = PART(" ");
		parts[n++] = finding->name;
	}
	parts[n++] = PART(", ");
	parts[n++] = text_of(severity_names[finding->severity]);
	if (finding->known) {
		parts[n++] = PART(": ");
		parts[n++] = finding->description;
	}
	parts[n++] = PART("]");
	return n;
}

void finding_print(const struct finding *finding, struct buffer *out)
{
	struct text parts[FINDING_PARTS_MAX];

	buffer_add_texts(out, parts, finding_bracket(finding, parts));
}
