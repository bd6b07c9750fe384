/* The search for literals of any kind and number: both steps find what a naive search finds, in the
 * same order.
 *
 * The input: the number of literals, each literal behind its length, then the text. */
#include "config.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cause/search/scan/scan.h"
#include "fuzz.h"

enum { LITERALS_MAX = 255, NAIVE_MAX = 2048 };

/* The first `len` bytes of the input, or what there is. */
static struct text take(struct text *input, size_t len)
{
	struct text t = text_make(input->data, len < input->len ? len : input->len);

	text_skip(input, t.len);
	return t;
}

static size_t take_number(struct text *input)
{
	struct text t = take(input, 1);

	return t.len > 0 ? (unsigned char)t.data[0] : 0;
}

static size_t count_naively(const struct text *literals, size_t n, struct text text)
{
	size_t count = 0;

	for (size_t at = 0; at < text.len; at++)
		for (size_t i = 0; i < n; i++)
			count += literals[i].len <= text.len - at &&
				 text_equal_nocase(
					 text_make(text.data + at, literals[i].len), literals[i]);
	return count;
}

static void check_both(
	const struct scan *scan, const struct text *literals, size_t n, struct text text)
{
	struct scan_cursor a = { 0 }, b = { 0 };
	unsigned literal_a = 0, literal_b = 0;
	size_t start_a = 0, start_b = 0, count = 0;

	while (scan_next(scan, text.data, text.len, &a, &literal_a, &start_a)) {
		must(scan_next_portable(scan, text.data, text.len, &b, &literal_b, &start_b));
		must(literal_a == literal_b && start_a == start_b && literal_a < n);
		must(literals[literal_a].len <= text.len - start_a);
		must(text_equal_nocase(text_make(text.data + start_a, literals[literal_a].len),
			literals[literal_a]));
		count++;
	}
	must(!scan_next_portable(scan, text.data, text.len, &b, &literal_b, &start_b));
	must(count == count_naively(literals, n, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(scan_freep) struct scan *scan = NULL;
	struct text input = text_make((const char *)data, size);
	struct text literals[LITERALS_MAX];
	size_t n = take_number(&input), n_taken = 0;

	while (n_taken < n && input.len > 1) {
		struct text literal = take(&input, take_number(&input));

		if (literal.len > 0)
			literals[n_taken++] = literal;
		else
			n--;
	}
	must(scan_new(literals, n_taken, &scan) == 0);
	check_both(scan, literals, n_taken, take(&input, NAIVE_MAX));
	return 0;
}
