/* `because list`: the table of causes, of all catalogs or one; or the profiles that refer to them.
 * A pattern selects those in which it is found. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/log.h"
#include "cause/catalog.h"
#include "cause/profile.h"
#include "record/severity.h"
#include "tool/cause-json.h"
#include "tool/pager.h"
#include "tool/screen.h"
#include "tool/tool.h"
#include "wire/json.h"

enum {
	CODE_WIDTH = 7,
	CODE_SIZE = 24,
	SEVERITY_WIDTH = 7,
	GAP = 2,
	INDENT = CODE_WIDTH + GAP,
	TEXT_WIDTH_MIN = 30, /* a description in less columns goes below its name */
};

static struct text pattern_of(const struct tool_options *options)
{
	return text_of(options->n_arguments > 0 ? options->arguments[0] : "");
}

static bool matches_cause(const struct cause *cause, struct text pattern)
{
	if (text_contains_nocase(cause->name, pattern) ||
		text_contains_nocase(cause->description, pattern))
		return true;
	for (size_t i = 0; i < cause->aliases->n; i++)
		if (text_contains_nocase(cause->aliases->items[i], pattern))
			return true;
	return false;
}

static bool has_catalog(const struct profile *profile, struct text name)
{
	for (const struct profile_reading *at = profile->readings; at; at = at->next)
		if (text_equal(at->catalog_name, name))
			return true;
	return false;
}

static bool matches_profile(const struct profile *profile, const struct tool_options *options)
{
	struct text pattern = pattern_of(options);

	if (options->catalog && !has_catalog(profile, text_of(options->catalog)))
		return false;
	if (text_contains_nocase(profile->name, pattern) ||
		text_contains_nocase(profile->title, pattern))
		return true;
	for (const struct profile_reading *at = profile->readings; at; at = at->next)
		if (text_contains_nocase(at->catalog_name, pattern))
			return true;
	return false;
}

/* The longest name of the causes that are listed; 0 when there is none. */
static size_t longest_name(const struct catalog *catalog, struct text pattern)
{
	size_t longest = 0;

	for (size_t i = 0; i < catalog->n_causes; i++)
		if (catalog->causes[i].name.len > longest &&
			matches_cause(&catalog->causes[i], pattern))
			longest = catalog->causes[i].name.len;
	return longest;
}

/* The end of a row: the name, and the description with a hanging indent on a terminal. */
static void print_texts(const struct screen *screen, const struct cause *cause, size_t name_width)
{
	size_t column = INDENT + SEVERITY_WIDTH + GAP + name_width + GAP;
	struct screen whole = *screen;

	whole.width = screen->columns;
	if (screen->columns > 0 && screen->columns < column + TEXT_WIDTH_MIN) {
		column = INDENT;
		(void)printf("%.*s\n%*s", TEXT_FORMAT(cause->name), INDENT, "");
	} else {
		(void)printf("%-*.*s  ", (int)name_width, TEXT_FORMAT(cause->name));
	}
	screen_print_wrapped(&whole, column, cause->description);
}

/* A code or a range; nothing where the cause has none: the row has its name anyway. */
static void print_code(const struct cause *cause, char out[CODE_SIZE])
{
	out[0] = '\0';
	if (cause->last > cause->code)
		(void)snprintf(out, CODE_SIZE, "%" PRIu32 "-%" PRIu32, cause->code, cause->last);
	else if (cause_has_code(cause))
		(void)snprintf(out, CODE_SIZE, "%" PRIu32, cause->code);
}

static void print_row(const struct screen *screen, const struct cause *cause, size_t name_width)
{
	char code[CODE_SIZE];

	print_code(cause, code);
	(void)printf("%*s  %s%-*s%s  ", CODE_WIDTH, code, screen_severity(screen, cause->severity),
		SEVERITY_WIDTH, severity_names[cause->severity], screen_reset(screen));
	print_texts(screen, cause, name_width);
}

static void print_table(
	const struct screen *screen, const struct catalog *catalog, struct text pattern)
{
	size_t name_width = longest_name(catalog, pattern);

	if (name_width == 0)
		return;
	(void)printf("%s%.*s%s  %.*s\n", screen_bold(screen), TEXT_FORMAT(catalog->name),
		screen_reset(screen), TEXT_FORMAT(catalog->title));
	for (size_t i = 0; i < catalog->n_causes; i++)
		if (matches_cause(&catalog->causes[i], pattern))
			print_row(screen, &catalog->causes[i], name_width);
}

static void print_json(const struct catalog *catalog, struct text pattern)
{
	CLEANUP(buffer_done) struct buffer out = buffer_make(CAUSE_JSON_MAX);

	for (size_t i = 0; i < catalog->n_causes; i++) {
		const struct cause *cause = &catalog->causes[i];

		if (!matches_cause(cause, pattern))
			continue;
		buffer_clear(&out);
		if (cause_json_print(catalog, cause, cause->code, &out) == 0)
			(void)fwrite(out.data, 1, out.len, stdout);
	}
}

/* The next catalog of the profile that no reading before it has; NULL = none. The usual one is the
 * first. */
static const struct profile_reading *next_catalog(
	const struct profile *profile, const struct profile_reading *reading)
{
	const struct profile_reading *at;

	do {
		reading = reading ? reading->next : profile->readings;
		at = profile->readings;
		while (reading && at != reading &&
			!text_equal(at->catalog_name, reading->catalog_name))
			at = at->next;
	} while (reading && at != reading);
	return reading;
}

static void print_profile(const struct screen *screen, const struct profile *profile)
{
	const struct profile_reading *at = NULL;
	const char *before = "  ";

	(void)printf(
		"%s%.*s%s", screen_bold(screen), TEXT_FORMAT(profile->name), screen_reset(screen));
	while ((at = next_catalog(profile, at))) {
		(void)printf("%s%.*s", before, TEXT_FORMAT(at->catalog_name));
		before = ", ";
	}
	(void)printf("  %.*s%s\n", TEXT_FORMAT(profile->title),
		profile->named_only ? " (only where it is named)" : "");
}

static void print_profile_json(const struct profile *profile)
{
	const struct profile_reading *at = NULL;
	const char *before = "";
	CLEANUP(buffer_done) struct buffer out = buffer_make(CAUSE_JSON_MAX);

	buffer_add_char(&out, '{');
	json_add_pair(&out, "profile", profile->name);
	json_add_pair_or_null(&out, "title", profile->title);
	json_add_pair(&out, "catalog", profile->readings->catalog_name);
	buffer_add_string(&out, ",\"catalogs\":[");
	while ((at = next_catalog(profile, at))) {
		buffer_add_string(&out, before);
		json_add_text(&out, at->catalog_name);
		before = ",";
	}
	buffer_add_format(&out, "],\"default\":%s}\n", profile->named_only ? "false" : "true");
	if (buffer_finish(&out) == 0)
		(void)fwrite(out.data, 1, out.len, stdout);
}

static void list_profiles(
	const struct screen *screen, const struct setup *setup, const struct tool_options *options)
{
	for (size_t i = 0; i < setup->library.n_files; i++) {
		const struct profile *profile = setup->library.files[i].profile;

		if (!profile || !matches_profile(profile, options))
			continue;
		if (options->json)
			print_profile_json(profile);
		else
			print_profile(screen, profile);
	}
}

static void list_causes(
	const struct screen *screen, const struct setup *setup, const struct tool_options *options)
{
	const struct catalog *catalog;
	size_t at = 0;

	while ((catalog = tool_next_catalog(setup, options, &at))) {
		if (options->json)
			print_json(catalog, pattern_of(options));
		else
			print_table(screen, catalog, pattern_of(options));
	}
}

static bool is_found(const struct setup *setup, const struct tool_options *options)
{
	const struct catalog *catalog;
	size_t at = 0;

	for (size_t i = 0; options->list_profiles && i < setup->library.n_files; i++)
		if (setup->library.files[i].profile &&
			matches_profile(setup->library.files[i].profile, options))
			return true;
	while (!options->list_profiles && (catalog = tool_next_catalog(setup, options, &at)))
		if (longest_name(catalog, pattern_of(options)) > 0)
			return true;
	return false;
}

int tool_list(const struct tool_options *options)
{
	CLEANUP(setup_done) struct setup setup = { 0 };
	struct screen screen = screen_open(options->color);
	struct pager pager;
	int status;

	if (tool_load(&setup, options, options->list_profiles) < 0)
		return TOOL_USAGE;
	status = tool_check_catalog(&setup, options);
	if (status != TOOL_GOOD)
		return status;
	if (options->n_arguments > 0 && !is_found(&setup, options)) {
		log_error("no %s with '%s'", options->list_profiles ? "profile" : "release cause",
			options->arguments[0]);
		return TOOL_WRONG;
	}
	pager = pager_open(!options->no_pager);
	if (options->list_profiles)
		list_profiles(&screen, &setup, options);
	else
		list_causes(&screen, &setup, options);
	status = tool_finish_output(TOOL_GOOD);
	return pager_close(&pager) < 0 ? TOOL_WRONG : status;
}
