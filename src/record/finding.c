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

void finding_print(const struct finding *finding, struct buffer *out)
{
	assert(finding->code[0] != '\0');
	assert(finding->severity >= 0 && finding->severity < SEVERITY_COUNT);
	assert(finding->known || finding->name.len == 0);
	buffer_add_string(out, " " FINDING_BRACKET);
	buffer_add_string(out, finding->code);
	if (finding->known) {
		buffer_add_char(out, ' ');
		buffer_add_text(out, finding->name);
	} else {
		buffer_add_string(out, " unknown to ");
		buffer_add_text(out, finding->catalog);
	}
	buffer_add_string(out, ", ");
	buffer_add_string(out, severity_names[finding->severity]);
	if (finding->known) {
		buffer_add_string(out, ": ");
		buffer_add_text(out, finding->description);
	}
	buffer_add_char(out, ']');
}
