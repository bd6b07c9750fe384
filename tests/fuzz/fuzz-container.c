/* The parts of a container's log lines are joined, and what is given must be the same however the
 * file is divided into blocks, and wherever reading resumes. Within the bound of a chain it must be
 * what a model says that knows nothing of blocks.
 *
 * The input: a byte for the format and the bound, a byte that seeds the division, then a byte for
 * each line: its stream, whether it is a part, whether it is no line of the format, and its length.
 */
#include "config.h"

#include <string.h>

#include "../unit/container-reader.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "fuzz.h"

enum { FILE_MAX = 256 * 1024, LINES_MAX = 512, SPAN_SMALL = 200 };

static const char *const names[CONTAINER_STREAMS] = { "stdout", "stderr" };

/* A line of the file, and what the model makes of it. */
struct model {
	enum container_format format;
	struct buffer file;
	struct buffer lines; /* each with `|` */
	struct buffer chains[CONTAINER_STREAMS];
};

/* Append a line of the log: with the text alone for the rest of a chain. */
static void add_line(struct model *m, unsigned stream, bool is_part, const char *text)
{
	bool is_cri = m->format == CONTAINER_CRI;
	struct buffer *chain = &m->chains[stream];
	bool is_first = chain->len == 0;

	if (is_cri) {
		buffer_add_format(&m->file, "2022-01-21T10:10:24.9Z %s %c %s\n", names[stream],
			is_part ? 'P' : 'F', text);
		if (is_first)
			buffer_add_format(chain, "2022-01-21T10:10:24.9Z %s F ", names[stream]);
		buffer_add_string(chain, text);
	} else {
		buffer_add_format(&m->file, "{\"log\":\"%s%s\",\"stream\":\"%s\",\"time\":\"x\"}\n",
			text, is_part ? "" : "\\n", names[stream]);
		buffer_add_format(chain, "%s%s", is_first ? "{\"log\":\"" : "", text);
		if (!is_part)
			buffer_add_format(
				chain, "\\n\",\"stream\":\"%s\",\"time\":\"x\"}", names[stream]);
	}
	if (is_part)
		return;
	buffer_add_text(&m->lines, buffer_text(chain));
	buffer_add_char(&m->lines, '|');
	buffer_clear(chain);
}

static void build(struct model *m, enum container_format format, const uint8_t *data, size_t size)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	*m = (struct model){
		.format = format, .file = buffer_make(FILE_MAX), .lines = buffer_make(FILE_MAX)
	};
	for (unsigned i = 0; i < CONTAINER_STREAMS; i++)
		m->chains[i] = buffer_make(FILE_MAX);
	for (size_t i = 0; i < size && i < LINES_MAX; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "%zu%.*s", i, (data[i] >> 3) % 32, digits);
		if (data[i] & 4) {
			buffer_add_format(&m->file, "%s stdout P noise\n", text);
			buffer_add_format(&m->lines, "%s stdout P noise|", text);
		} else {
			add_line(m, data[i] & 1, data[i] & 2, text);
		}
	}
	must(buffer_finish(&m->file) == 0 && buffer_finish(&m->lines) == 0);
}

static void model_done(struct model *m)
{
	buffer_done(&m->file);
	buffer_done(&m->lines);
	for (unsigned i = 0; i < CONTAINER_STREAMS; i++)
		buffer_done(&m->chains[i]);
}

struct result {
	struct buffer text;
	size_t ends[LINES_MAX + CONTAINER_STREAMS]; /* of each line in `text` */
	struct container_place places[LINES_MAX + CONTAINER_STREAMS];
	size_t n;
};

static void take_line(
	struct text line, bool cut, const struct container_place *place, void *userdata)
{
	struct result *result = userdata;

	must(result->n < LINES_MAX + CONTAINER_STREAMS);
	buffer_add_text(&result->text, line);
	buffer_add_char(&result->text, cut ? '>' : '|');
	result->ends[result->n] = result->text.len;
	result->places[result->n++] = *place;
}

/* Read from a place on, in blocks as the seed has it; 0 = all at once. */
static void run(const struct model *m, struct container_place place, uint32_t span_max,
	uint32_t seed, bool is_final, struct result *ret)
{
	struct container_reader reader = { .file = buffer_text(&m->file),
		.format = m->format,
		.place = place,
		.joiner = container_joiner_make(),
		.is_final = is_final,
		.line = take_line,
		.userdata = ret };
	int r;

	*ret = (struct result){ .text = buffer_make(2 * FILE_MAX) };
	reader.joiner.span_max = span_max;
	do {
		size_t max = FILE_MAX;

		if (seed > 0) {
			seed = seed * 1103515245u + 12345u;
			max = (seed >> 16) % 300 + 1;
		}
		r = container_reader_step(&reader, max);
	} while (r > 0);
	must(r == 0 && buffer_finish(&ret->text) == 0);
	must(reader.place.offset == m->file.len);
	must(!is_final || container_look_back(&reader.place.chains) == 0);
	container_joiner_done(&reader.joiner);
}

/* Whether `rest` is what `all` has behind its first `n` lines. */
static void compare(const struct result *all, size_t n, const struct result *rest)
{
	size_t start = n > 0 ? all->ends[n - 1] : 0;

	must(rest->n == all->n - n);
	must(text_equal(buffer_text(&rest->text),
		text_make(buffer_text(&all->text).data + start, all->text.len - start)));
	for (size_t i = 0; i < rest->n; i++)
		must(memcmp(&rest->places[i], &all->places[n + i], sizeof(rest->places[i])) == 0);
}

static void check_order(const struct result *all)
{
	for (size_t i = 1; i < all->n; i++) {
		const struct container_place *a = &all->places[i - 1], *b = &all->places[i];

		must(a->offset < b->offset ||
			(a->offset == b->offset &&
				container_look_back(&a->chains) > container_look_back(&b->chains)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result all, some;
	struct model m;
	uint32_t span_max;

	if (size < 2)
		return 0;
	span_max = data[0] & 2 ? SPAN_SMALL : CONTAINER_SPAN_MAX;
	build(&m, data[0] & 1 ? CONTAINER_CRI : CONTAINER_JSON, data + 2, size - 2);
	run(&m, (struct container_place){ 0 }, span_max, 0, data[0] & 4, &all);
	if (span_max == CONTAINER_SPAN_MAX && !(data[0] & 4))
		must(text_equal(buffer_text(&all.text), buffer_text(&m.lines)));
	check_order(&all);
	run(&m, (struct container_place){ 0 }, span_max, data[1] + 1u, data[0] & 4, &some);
	compare(&all, 0, &some);
	buffer_done(&some.text);
	for (size_t i = 0; i < all.n; i += 1 + all.n / 16) {
		run(&m, all.places[i], span_max, data[1] + 1u, data[0] & 4, &some);
		compare(&all, i + 1, &some);
		buffer_done(&some.text);
	}
	buffer_done(&all.text);
	model_done(&m);
	return 0;
}
