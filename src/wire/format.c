/* A record that is too large is encoded again with less of its message, until it fits. A byte less
 * of message makes at least a byte less of output, so the second time is nearly always the last. */
#include "config.h"

#include "wire/format.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "wire/json.h"
#include "wire/rfc3164-encode.h"
#include "wire/rfc5424-encode.h"

const char *const format_names[] = { "rfc5424", "rfc3164", "json", NULL };

typedef void encode_fn(const struct record *record, const struct encode_options *options,
	struct text message, bool cut, struct buffer *out);

static encode_fn *const encoders[] = { rfc5424_encode, rfc3164_encode, json_encode };

size_t format_count_left(const struct record *record, int format)
{
	size_t n_written =
		format == FORMAT_RFC5424 ? rfc5424_count_written(record) : record->n_findings;

	assert(n_written <= record->n_findings);
	return record->n_findings_dropped + record->n_findings - n_written;
}

/* Encode behind the `start` bytes that `out` has. Returns 0, or -EMSGSIZE with the number of bytes
 * that are too many, as far as is known, or -ENOMEM; then nothing is appended. */
static int try_encode(const struct record *record, const struct encode_options *options,
	struct text message, bool shortened, struct buffer *out, size_t *ret_excess)
{
	size_t start = out->len, len;
	int r;

	encoders[options->format](record, options, message, shortened || record->cut, out);
	len = out->len - start;
	r = buffer_finish(out);
	if (r == 0 && options->size_max > 0 && len > options->size_max) {
		*ret_excess = len - options->size_max;
		r = -EMSGSIZE;
	} else if (r == -EMSGSIZE) {
		*ret_excess = message.len / 2 + 1;
	}
	if (r < 0) {
		out->len = start;
		out->error = 0;
	}
	return r;
}

int format_encode(
	const struct record *record, const struct encode_options *options, struct buffer *out)
{
	struct text whole = record_message(record), message = whole;
	size_t excess = 0;
	int r = buffer_finish(out);

	if (r < 0)
		return r;
	if (options->size_max > 0)
		message = text_cut(whole, options->size_max);
	for (;;) {
		bool shortened = message.len < whole.len;

		r = try_encode(record, options, message, shortened, out, &excess);
		if (r == 0)
			return shortened ? FORMAT_SHORTENED : 0;
		if (r != -EMSGSIZE || options->size_max == 0 || message.len == 0)
			return r;
		if (!shortened && !record->cut)
			excess += strlen(RECORD_CUT_MARK);
		/* Else the same message would be tried forever. */
		assert(excess > 0);
		message = text_cut(message, message.len > excess ? message.len - excess : 0);
	}
}
