/* Tests of base/array. */
#include "config.h"

#include "test.h"

#include "base/array.h"

static size_t n_compared;

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	n_compared++;
	return (x > y) - (x < y);
}

static void an_array_is_sorted_whatever_its_order(void **state)
{
	static const int orders[][5] = { { 1, 2, 3, 4, 5 }, { 5, 4, 3, 2, 1 }, { 1, 2, 3, 5, 4 },
		{ 2, 1, 3, 4, 5 }, { 1, 1, 1, 1, 1 }, { 3, 1, 3, 1, 2 } };

	(void)state;
	for (size_t i = 0; i < COUNT(orders); i++) {
		int array[COUNT(orders[0])];

		memcpy(array, orders[i], sizeof(array));
		array_sort(array, COUNT(array), sizeof(array[0]), compare);
		for (size_t j = 1; j < COUNT(array); j++)
			assert_true(array[j - 1] <= array[j]);
	}
}

static void an_array_in_order_is_read_once(void **state)
{
	enum { N = 1000 };
	int array[N];

	(void)state;
	for (int i = 0; i < N; i++)
		array[i] = i / 2;
	n_compared = 0;
	array_sort(array, N, sizeof(array[0]), compare);
	assert_int_equal(n_compared, N - 1);
}

static void nothing_can_be_sorted(void **state)
{
	(void)state;
	array_sort(NULL, 0, sizeof(int), compare);
}

static void an_array_grows_and_keeps_its_content(void **state)
{
	size_t size = 0;
	int *array = NULL;

	(void)state;
	for (size_t n = 0; n < 100; n++) {
		array = array_grow(array, &size, n, sizeof(*array));
		assert_non_null(array);
		assert_true(size > n);
		array[n] = (int)n;
	}
	for (size_t n = 0; n < 100; n++)
		assert_int_equal(array[n], n);
	free(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_is_sorted_whatever_its_order),
		cmocka_unit_test(an_array_in_order_is_read_once),
		cmocka_unit_test(nothing_can_be_sorted),
		cmocka_unit_test(an_array_grows_and_keeps_its_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
