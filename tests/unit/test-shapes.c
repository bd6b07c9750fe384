/* The shapes of base that others are built from: growing arrays, queues of bytes, quotas. */
#include "config.h"

#include "test.h"

#include <errno.h>

#include "base/array.h"
#include "base/byte-queue.h"
#include "base/rate-limit.h"

static void an_array_doubles_and_keeps_its_content(void **state)
{
	unsigned *array = NULL;
	size_t size = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		unsigned *grown = array_grow(array, &size, i, sizeof(*array));

		assert_non_null(grown);
		assert_true(size > i && size <= 2 * (size_t)i + 4);
		array = grown;
		array[i] = i;
	}
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(array[i], i);
	free(array);
}

static void a_queue_gives_what_came_in_by_its_offset(void **state)
{
	struct byte_queue q = byte_queue_make(1024);
	size_t n_in = 0, n_out = 0;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		char byte = (char)(i * 7);

		while (byte_queue_len(&q) >= 1 + i % 100) {
			assert_int_equal(byte_queue_start(&q), n_out);
			assert_int_equal(*byte_queue_at(&q, n_out), (char)(n_out * 7));
			byte_queue_take(&q, 1);
			n_out++;
		}
		assert_int_equal(byte_queue_reserve(&q, 1), 0);
		assert_int_equal(byte_queue_end(&q), n_in);
		byte_queue_add(&q, &byte, 1);
		n_in++;
		assert_int_equal(byte_queue_len(&q), n_in - n_out);
	}
	assert_true(q.bytes.size < 1024);
	byte_queue_done(&q);
}

static void a_queue_has_a_bound(void **state)
{
	struct byte_queue q = byte_queue_make(10);

	(void)state;
	assert_int_equal(byte_queue_reserve(&q, 10), 0);
	byte_queue_add(&q, "0123456789", 10);
	assert_int_equal(byte_queue_reserve(&q, 1), -EMSGSIZE);
	byte_queue_take(&q, 5);
	/* As many have left as are still there. */
	assert_int_equal(byte_queue_reserve(&q, 5), 0);
	assert_int_equal(*byte_queue_at(&q, 5), '5');
	byte_queue_done(&q);
}

static void a_queue_that_is_cleared_counts_on(void **state)
{
	struct byte_queue q = byte_queue_make(1024 * 1024);

	(void)state;
	assert_int_equal(byte_queue_reserve(&q, 100000), 0);
	byte_queue_add(&q, "abc", 3);
	byte_queue_clear(&q, 1000);
	assert_int_equal(q.bytes.size, 0);
	assert_int_equal(byte_queue_len(&q), 0);
	assert_int_equal(byte_queue_start(&q), 3);
	assert_int_equal(byte_queue_reserve(&q, 1), 0);
	byte_queue_add(&q, "d", 1);
	assert_int_equal(*byte_queue_at(&q, 3), 'd');
	byte_queue_clear(&q, 1000);
	assert_true(q.bytes.size > 0);
	byte_queue_done(&q);
}

static void a_quota_reports_at_once_and_then_once_per_interval(void **state)
{
	struct rate_limit limit = { 0 };

	(void)state;
	assert_int_equal(rate_limit_take(&limit, 5, 100), 0);
	assert_int_equal(rate_limit_wake_usec(&limit), UINT64_MAX);
	limit.n = 3;
	assert_int_equal(rate_limit_take(&limit, 5, 100), 3);
	assert_int_equal(rate_limit_wake_usec(&limit), UINT64_MAX);
	limit.n++;
	assert_int_equal(rate_limit_wake_usec(&limit), 105);
	assert_int_equal(rate_limit_take(&limit, 104, 100), 0);
	limit.n++;
	assert_int_equal(rate_limit_take(&limit, 105, 100), 2);
	assert_int_equal(rate_limit_take(&limit, 205, 100), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_doubles_and_keeps_its_content),
		cmocka_unit_test(a_queue_gives_what_came_in_by_its_offset),
		cmocka_unit_test(a_queue_has_a_bound),
		cmocka_unit_test(a_queue_that_is_cleared_counts_on),
		cmocka_unit_test(a_quota_reports_at_once_and_then_once_per_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
