/* Tests of source/files/disk/glob-syntax. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "source/files/disk/glob-syntax.h"

enum { OUT_MAX = 64 * 1024, ENDED = 7 };

struct visits {
	struct buffer globs; /* each with a blank behind it */
	size_t n, n_max;
};

static int add(struct text glob, void *userdata)
{
	struct visits *visits = userdata;

	if (visits->n == visits->n_max)
		return ENDED;
	visits->n++;
	assert_int_equal(glob.data[glob.len], '\0');
	buffer_add_text(&visits->globs, glob);
	buffer_add_char(&visits->globs, ' ');
	return 0;
}

static void check_expansion(const char *glob, const char *expected)
{
	struct visits visits = { buffer_make(OUT_MAX), 0, 1024 };

	assert_int_equal(glob_syntax_expand(text_of(glob), add, &visits), 0);
	assert_text(buffer_text(&visits.globs), expected);
	buffer_done(&visits.globs);
}

static void each_alternative_is_a_glob(void **state)
{
	static const struct {
		const char *glob, *expected;
	} rows[] = {
		{ "/d/x.log", "/d/x.log " },
		{ "/d/{a,b}.log", "/d/a.log /d/b.log " },
		{ "/{a,b}/{c,d}", "/a/c /a/d /b/c /b/d " },
		{ "/{a,b{1,2{x,y}},c}z", "/az /b1z /b2xz /b2yz /cz " },
		{ "/x{,.1}", "/x /x.1 " },
		{ "/x{a,}", "/xa /x " },
		{ "/{,,}", "/ / / " },
		{ "{/a,/b}/*.log", "/a/*.log /b/*.log " },
		{ "/{a/b,c}/d", "/a/b/d /c/d " },
		/* Braces without a comma are characters; what is in them is not. */
		{ "/{}", "/{} " },
		{ "/{a}", "/{a} " },
		{ "/{x{a,b}}", "/{xa} /{xb} " },
		{ "/{{a},b}", "/{a} /b " },
		{ "/a}b,c", "/a}b,c " },
		/* Escaped characters have no meaning, and keep their backslash. */
		{ "/\\{a,b}", "/\\{a,b} " },
		{ "/{a\\,b,c}", "/a\\,b /c " },
		{ "/{a\\},b}", "/a\\} /b " },
		{ "/{a\\\\,b}", "/a\\\\ /b " },
		{ "/a\\", "/a\\ " },
		/* So it is in a bracket expression. */
		{ "/[{]a", "/[{]a " },
		{ "/[{,}]", "/[{,}] " },
		{ "/{[,],b}", "/[,] /b " },
		{ "/{[!],],b}", "/[!],] /b " },
		{ "/{[[:digit:],],b}", "/[[:digit:],] /b " },
		{ "/{[\\],],b}", "/[\\],] /b " },
		/* A bracket that is not closed within its component is a character. */
		{ "/{[,b}", "/[ /b " },
		{ "/{[,b}/]", "/[/] /b/] " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_expansion(rows[i].glob, rows[i].expected);
}

static void an_open_brace_is_refused(void **state)
{
	static const char *const globs[] = { "/{", "/{a,b", "/{a,{b}", "/{a,b}{", "/[a]{x,[}]",
		"/{a,\\}" };

	(void)state;
	for (size_t i = 0; i < COUNT(globs); i++) {
		struct visits visits = { buffer_make(OUT_MAX), 0, 1024 };

		assert_int_equal(glob_syntax_expand(text_of(globs[i]), add, &visits), -EINVAL);
		buffer_done(&visits.globs);
	}
}

static void the_visitor_ends_the_expansion(void **state)
{
	struct visits visits = { buffer_make(OUT_MAX), 0, 3 };

	(void)state;
	/* 2 to the power of 20 globs: the test would not end. */
	assert_int_equal(glob_syntax_expand(TEXT("/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"
						 "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"
						 "{a,b}{a,b}"),
				 add, &visits),
		ENDED);
	assert_text(buffer_text(&visits.globs),
		"/aaaaaaaaaaaaaaaaaaaa /aaaaaaaaaaaaaaaaaaab /aaaaaaaaaaaaaaaaaaba ");
	buffer_done(&visits.globs);
}

static void deep_nesting_is_expanded(void **state)
{
	enum { DEPTH = 200 };
	struct buffer glob = buffer_make(OUT_MAX);
	struct visits visits = { buffer_make(OUT_MAX), 0, 1024 };

	(void)state;
	for (int i = 0; i < DEPTH; i++)
		buffer_add_string(&glob, "{a,");
	for (int i = 0; i < DEPTH; i++)
		buffer_add_char(&glob, '}');
	assert_int_equal(glob_syntax_expand(buffer_text(&glob), add, &visits), 0);
	assert_int_equal(visits.n, DEPTH + 1);
	buffer_done(&glob);
	buffer_done(&visits.globs);
}

static void double_stars_are_found(void **state)
{
	static const struct {
		const char *glob;
		bool has;
	} rows[] = {
		{ "", false },
		{ "*", false },
		{ "/a/*/*.log", false },
		{ "/a/**", true },
		{ "/a/**/b", true },
		{ "/a/b**c", true },
		{ "/a/\\**", false },
		{ "/a/*\\*", false },
		{ "/a/\\***", true },
		{ "/a/[**]", false },
		{ "/a/[**", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(glob_syntax_has_double_star(text_of(rows[i].glob)), rows[i].has);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_alternative_is_a_glob),
		cmocka_unit_test(an_open_brace_is_refused),
		cmocka_unit_test(the_visitor_ends_the_expansion),
		cmocka_unit_test(deep_nesting_is_expanded),
		cmocka_unit_test(double_stars_are_found),
	};

	return cmocka_run_group_tests_name("glob-syntax", tests, NULL, NULL);
}
