#include "config.h"

#include "flow/tally/unknown-codes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "record/finding.h"
#include "record/message-ids.h"

static int compare(const struct unknown_code *code, const struct finding *finding)
{
	int r = text_compare_nocase(text_of(code->catalog), finding->catalog);

	return r != 0 ? r : strcmp(code->code, finding->code);
}

/* The index of the code, or the index where it belongs. */
static size_t find(const struct unknown_codes *unknown, const struct finding *finding)
{
	size_t low = 0, high = unknown->n_codes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&unknown->codes[middle], finding) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void log_new_code(const struct unknown_codes *unknown, const struct finding *finding)
{
	message_log(MESSAGE_UNKNOWN_CODE, finding->code, LOG_NOTICE,
		"the catalog %.*s has no code %s, which a log has; counting it from now on%s",
		TEXT_FORMAT(finding->catalog), finding->code,
		unknown->n_codes == UNKNOWN_CODES_MAX ? ", and codes after it together" : "");
}

static void add(struct unknown_codes *unknown, size_t at, const struct finding *finding)
{
	struct unknown_code *code = &unknown->codes[at];

	assert(unknown->n_codes < UNKNOWN_CODES_MAX && at <= unknown->n_codes);
	assert(at == 0 || compare(code - 1, finding) < 0);
	assert(at == unknown->n_codes || compare(code, finding) > 0);
	memmove(code + 1, code, (unknown->n_codes - at) * sizeof(*code));
	(void)snprintf(code->catalog, sizeof(code->catalog), "%.*s", TEXT_FORMAT(finding->catalog));
	(void)snprintf(code->code, sizeof(code->code), "%s", finding->code);
	code->n = 1;
	unknown->n_codes++;
	log_new_code(unknown, finding);
}

void unknown_codes_count(struct unknown_codes *unknown, const struct finding *finding)
{
	size_t at = find(unknown, finding);

	if (at < unknown->n_codes && compare(&unknown->codes[at], finding) == 0)
		unknown->codes[at].n++;
	else if (unknown->n_codes < UNKNOWN_CODES_MAX)
		add(unknown, at, finding);
	else
		unknown->n_others++;
}
