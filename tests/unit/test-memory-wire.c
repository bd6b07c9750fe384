/* Refused memory in wire/syslog-decode, wire/format, wire/utf16 and wire/container-lines: a refusal
 * is returned and leaves nothing half written, and records that follow the first need no memory at
 * all. */
#include "config.h"

#include "test-memory.h"

#include "test-finding.h"

#include "base/buffer.h"
#include "record/record.h"
#include "wire/container-lines.h"
#include "wire/format.h"
#include "wire/syslog-decode.h"
#include "wire/utf16.h"

static const char message[] =
	"<165>1 2026-11-22T10:00:00.003Z node-1 ccs 812 CALL [a x=\"1\"] releaseCause=512";

static int parse(struct record *record)
{
	const struct syslog_context context = { .now_usec = 1 };

	return syslog_parse(text_of(message), &context, record);
}

static int attempt_to_parse(void)
{
	struct record record = record_make();
	int r = parse(&record);

	if (r == 0 && record.n_fields != 9)
		r = NOT_AS_BEFORE;
	record_done(&record);
	return r;
}

static void a_message_that_cannot_be_kept_is_refused(void **state)
{
	(void)state;
	sweep(attempt_to_parse, 2);
}

/* Made before memory is refused, for all attempts. */
static struct record record_to_encode;
static int format_to_try;

static int attempt_to_encode(void)
{
	const struct encode_options options = { .format = format_to_try, .size_max = 1000 };
	struct buffer out = buffer_make(1024 * 1024);
	int r = format_encode(&record_to_encode, &options, &out);

	if ((r < 0) != (out.len == 0) || out.error < 0)
		r = NOT_AS_BEFORE;
	buffer_done(&out);
	return r > 0 ? 0 : r;
}

static void a_record_that_cannot_be_written_is_refused_whole(void **state)
{
	char *text = test_repeat('\n', 1000);

	(void)state;
	record_to_encode = record_make();
	assert_int_equal(parse(&record_to_encode), 0);
	test_add_field(&record_to_encode, "MESSAGE", text);
	(void)test_add_cause(&record_to_encode, "512");
	for (format_to_try = 0; format_names[format_to_try]; format_to_try++)
		sweep(attempt_to_encode, 2);
	record_done(&record_to_encode);
	free(text);
}

static int attempt_to_convert(void)
{
	struct buffer out = buffer_make(1024);
	size_t n_raw = NOT_AS_BEFORE;
	int r = utf16_convert(UTF16_BIG, TEXT("\0a\0b"), true, &out, &n_raw);

	if (r < 0 ? out.len > 0 || n_raw != NOT_AS_BEFORE : out.len != 2 || n_raw != 4)
		r = NOT_AS_BEFORE;
	buffer_done(&out);
	return r;
}

static void text_that_cannot_be_converted_is_not_taken(void **state)
{
	(void)state;
	sweep(attempt_to_convert, 1);
}

static void records_that_follow_need_no_memory(void **state)
{
	struct buffer out = buffer_make(1024 * 1024);
	struct record record = record_make();

	(void)state;
	for (int round = 0; round < 2; round++) {
		int r = 0;

		allocator.armed = round > 0;
		allocator.n_good = allocator.n_refused = 0;
		record_clear(&record);
		r |= parse(&record);
		for (int format = 0; format_names[format]; format++) {
			const struct encode_options options = { .format = format };

			buffer_clear(&out);
			r |= format_encode(&record, &options, &out);
		}
		allocator.armed = false;
		assert_int_equal(r, 0);
		assert_int_equal(allocator.n_refused, 0);
	}
	record_done(&record);
	buffer_done(&out);
}

static int attempt_to_join(void)
{
	static const char raw[] = "2022-01-21T10:10:24.99Z stdout P a\n"
				  "2022-01-21T10:10:24.99Z stderr F x\n"
				  "2022-01-21T10:10:24.99Z stdout F b\n";
	struct container_joiner joiner = container_joiner_make();
	const struct container_input input = { .format = CONTAINER_CRI, .raw = text_of(raw) };
	struct container_block block;
	int r = container_join(&joiner, &input, &block);

	if (r == 0 && (block.bytes.len != 71 || block.n_read != sizeof(raw) - 1))
		r = NOT_AS_BEFORE;
	container_joiner_done(&joiner);
	return r;
}

static void a_block_that_cannot_be_joined_is_refused_whole(void **state)
{
	(void)state;
	sweep(attempt_to_join, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_that_cannot_be_kept_is_refused),
		cmocka_unit_test(a_record_that_cannot_be_written_is_refused_whole),
		cmocka_unit_test(text_that_cannot_be_converted_is_not_taken),
		cmocka_unit_test(records_that_follow_need_no_memory),
		cmocka_unit_test(a_block_that_cannot_be_joined_is_refused_whole),
	};

	return cmocka_run_group_tests_name("refused memory in wire", tests, NULL, NULL);
}
