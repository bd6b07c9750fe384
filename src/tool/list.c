/* `because list`: the table of causes, all catalogs or one, or the profiles that mean them. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "cause/catalog.h"
#include "cause/profile.h"
#include "record/severity.h"
#include "tool/cause-json.h"
#include "tool/screen.h"
#include "tool/tool.h"
#include "wire/json.h"

enum { CODE_WIDTH = 7, SEVERITY_WIDTH = 7 };

static size_t longest_name(const struct catalog *catalog)
{
	size_t longest = 0;

	for (size_t i = 0; i < catalog->n_causes; i++)
		if (catalog->causes[i].name.len > longest)
			longest = catalog->causes[i].name.len;
	return longest;
}

static void print_row(const struct screen *screen, const struct cause *cause, size_t name_width)
{
	char code[32];

	if (cause->last > cause->code)
		(void)snprintf(
			code, sizeof(code), "%" PRIu32 "-%" PRIu32, cause->code, cause->last);
	else
		(void)snprintf(code, sizeof(code), "%" PRIu32, cause->code);
	(void)printf("%*s  %s%-*s%s  %-*.*s  ", CODE_WIDTH, code,
		screen_severity(screen, cause->severity), SEVERITY_WIDTH,
		severity_names[cause->severity], screen_reset(screen), (int)name_width,
		TEXT_FORMAT(cause->name));
	(void)printf("%.*s\n", TEXT_FORMAT(cause->description));
}

static void print_table(const struct screen *screen, const struct catalog *catalog)
{
	size_t name_width = longest_name(catalog);

	(void)printf("%s%.*s%s  %.*s\n", screen_bold(screen), TEXT_FORMAT(catalog->name),
		screen_reset(screen), TEXT_FORMAT(catalog->title));
	for (size_t i = 0; i < catalog->n_causes; i++)
		print_row(screen, &catalog->causes[i], name_width);
}

static void print_json(const struct catalog *catalog)
{
	CLEANUP(buffer_done) struct buffer out = buffer_make(CAUSE_JSON_MAX);

	for (size_t i = 0; i < catalog->n_causes; i++) {
		const struct cause *cause = &catalog->causes[i];

		buffer_clear(&out);
		if (cause_json_print(catalog, cause, cause->code, &out) == 0)
			(void)fwrite(out.data, 1, out.len, stdout);
	}
}

static void print_profile(const struct screen *screen, const struct profile *profile)
{
	(void)printf("%s%.*s%s  %.*s  %.*s\n", screen_bold(screen), TEXT_FORMAT(profile->name),
		screen_reset(screen), TEXT_FORMAT(profile->catalog_name),
		TEXT_FORMAT(profile->title));
}

static void print_profile_json(const struct profile *profile)
{
	CLEANUP(buffer_done) struct buffer out = buffer_make(CAUSE_JSON_MAX);

	buffer_add_char(&out, '{');
	json_add_pair(&out, "profile", profile->name);
	json_add_pair_or_null(&out, "title", profile->title);
	json_add_pair(&out, "catalog", profile->catalog_name);
	buffer_add_string(&out, "}\n");
	if (buffer_finish(&out) == 0)
		(void)fwrite(out.data, 1, out.len, stdout);
}

static void list_profiles(
	const struct screen *screen, const struct setup *setup, const struct tool_options *options)
{
	for (size_t i = 0; i < setup->library.n_files; i++) {
		const struct profile *profile = setup->library.files[i].profile;

		if (!profile || (options->catalog && !text_equal(profile->catalog_name,
							     text_of(options->catalog))))
			continue;
		if (options->json)
			print_profile_json(profile);
		else
			print_profile(screen, profile);
	}
}

int tool_list(const struct tool_options *options)
{
	CLEANUP(setup_done) struct setup setup = { 0 };
	struct screen screen = screen_open(options->color);
	const struct catalog *catalog;
	size_t at = 0;
	int status;

	if (tool_load(&setup, options) < 0)
		return TOOL_USAGE;
	status = tool_check_catalog(&setup, options);
	if (status != TOOL_GOOD)
		return status;
	if (options->list_profiles)
		list_profiles(&screen, &setup, options);
	while (!options->list_profiles && (catalog = tool_next_catalog(&setup, options, &at))) {
		if (options->json)
			print_json(catalog);
		else
			print_table(&screen, catalog);
	}
	return tool_finish_output(TOOL_GOOD);
}
