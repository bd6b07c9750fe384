/* Tests of record/side: each category has its side. */
#include "config.h"

#include "test.h"

#include "cause/catalog.h"
#include "record/side.h"

static void each_category_has_a_side(void **state)
{
	static const struct {
		const char *category, *side;
	} rows[] = {
		{ "normal", "normal" },
		{ "party-action", "party" },
		{ "not-reached", "party" },
		{ "capacity", "ours" },
		{ "configuration", "ours" },
		{ "routing", "ours" },
		{ "module-failure", "ours" },
		{ "timeout", "ours" },
		{ "protocol", "ours" },
		{ "security", "ours" },
		{ "unknown", "unknown" },
		{ "", "unknown" },
		{ "Normal", "unknown" },
		{ "weather", "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(side_of(text_of(rows[i].category)), rows[i].side);
}

/* A category that is new among them must get one. */
static void the_usual_categories_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; catalog_categories[i]; i++)
		assert_int_equal(strcmp(catalog_categories[i], "unknown") == 0,
			strcmp(side_of(text_of(catalog_categories[i])), "unknown") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_category_has_a_side),
		cmocka_unit_test(the_usual_categories_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
