/* A line has the time that it begins with, whatever follows in it; and a time that was printed is
 * read back in every shape.
 *
 * The input: eight bytes of a time in microseconds, then a line. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "wire/line-time.h"
#include "wire/timestamp.h"

#define NOW UINT64_C(1795348800000000)
#define YEAR_10000 UINT64_C(253402300800000000)

enum { TIME_LEN = 8, LOOKED_AT = 512, LINE_MAX = 64 * 1024 };

static void check_line(struct text line)
{
	CLEANUP(buffer_done) struct buffer longer = buffer_make(LINE_MAX + 64);
	uint64_t usec = 0, again = 0;
	bool has_time = line_time_read(line, NOW, &usec);

	must(has_time == (usec > 0));
	must(line_time_read(line, NOW, &again) == has_time && again == usec);
	if (line.len < LOOKED_AT || line.len > LINE_MAX)
		return;
	buffer_add_text(&longer, line);
	buffer_add_string(&longer, "|2026-11-22T10:00:00Z");
	must(buffer_finish(&longer) == 0);
	again = 0;
	/* Only the zeros in front and the bars of a queue log may be anywhere. */
	if (char_is_digit(line.data[0]) || line.data[0] == '\0')
		return;
	must(line_time_read(buffer_text(&longer), NOW, &again) == has_time && again == usec);
}

static void check_time(uint64_t usec)
{
	static const struct {
		const char *before, *behind;
	} shapes[] = {
		{ "", "" },
		{ "", " x" },
		{ "", "|x" },
		{ "[", "] x" },
		{ "<134>1 ", " host" },
		{ "\033[1;36m", "\tx" },
		{ "5d1e0c44-31c2-4f5e-9a0e-0d3b1c6a7701 ", " 99.00% [NOTICE]" },
		{ "Sun ", " host" },
		{ "*", ": %A-5-B: x" },
		{ "000012: ", ": %A-5-B: x" },
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		CLEANUP(buffer_done) struct buffer line = buffer_make(LINE_MAX);
		uint64_t again = 0;

		buffer_add_string(&line, shapes[i].before);
		must(timestamp_print(usec, &line));
		buffer_add_string(&line, shapes[i].behind);
		must(buffer_finish(&line) == 0);
		must(line_time_read(buffer_text(&line), NOW, &again) && again == usec);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t usec;

	if (setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) < 0 || size < TIME_LEN)
		return 0;
	memcpy(&usec, data, sizeof(usec));
	check_time(usec % (YEAR_10000 - 1) + 1);
	check_line(text_make((const char *)data + TIME_LEN, size - TIME_LEN));
	return 0;
}
