/* `because filter`: files or standard input to standard output, each line with a release cause
 * explained. flow/filter/line-filter does the work. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/suggestion.h"
#include "cause/recognizer.h"
#include "flow/filter/line-filter.h"
#include "flow/setup/profile-choice.h"
#include "sink/stream-sink.h"
#include "source/stream-source.h"
#include "tool/progress.h"
#include "tool/screen.h"
#include "tool/tool.h"
#include "wire/format.h"

enum { OUTPUT_GONE = 1 };

/* Pass on one stream. Returns 0, OUTPUT_GONE when the reader of the output is gone, -EIO when
 * reading failed and was logged, or another negative errno of writing. */
static int filter_stream(struct line_filter *filter, const char *name, int fd)
{
	CLEANUP(source_freep) struct source *source = NULL;
	struct progress progress;
	struct stat status = { 0 };
	bool writing = false;
	int r = stream_source_new(name, fd, &source);

	if (r < 0)
		return r;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		status.st_size = 0;
	progress_start(&progress, name, (uint64_t)status.st_size);
	while ((r = line_filter_step(filter, source, &writing)) == 0)
		if (progress.state != PROGRESS_OFF)
			progress_update(&progress, (uint64_t)lseek(fd, 0, SEEK_CUR));
	progress_end(&progress);

	if (r == LINE_FILTER_END)
		return 0;
	if (r == -EPIPE && writing)
		return OUTPUT_GONE;
	if (writing)
		return r;
	errno = -r;
	log_error("cannot read '%s': %m", name);
	return -EIO;
}

/* Whether the file is the output: reading what is being written would never end. */
static bool is_output(int fd)
{
	struct stat in, out;

	return fstat(fd, &in) == 0 && fstat(STDOUT_FILENO, &out) == 0 && S_ISREG(in.st_mode) &&
	       in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

static int filter_file(struct line_filter *filter, const char *path)
{
	CLEANUP(closep) int fd = -1;

	if (strcmp(path, "-") == 0)
		return filter_stream(filter, "standard input", STDIN_FILENO);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		log_error("cannot open '%s': %m", path);
		return -EIO;
	}
	if (is_output(fd)) {
		log_error("cannot read '%s': it is also the output", path);
		return -EIO;
	}
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return filter_stream(filter, path, fd);
}

static int filter_files(struct line_filter *filter, const struct tool_options *options)
{
	size_t n = options->n_arguments > 0 ? options->n_arguments : 1;
	int status = TOOL_GOOD;

	for (size_t i = 0; i < n; i++) {
		int r = filter_file(filter, options->n_arguments > 0 ? options->arguments[i] : "-");

		if (r == OUTPUT_GONE)
			return status;
		if (r == 0)
			continue;
		status = TOOL_WRONG;
		if (r == -EIO)
			continue;
		errno = -r;
		log_error("cannot write: %m");
		return status;
	}
	return status;
}

/* Log everything that was cut short. */
static void log_bounds(const struct line_filter_counts *counts, bool records)
{
	if (counts->n_long_lines > 0)
		log_warning("%" PRIu64 " line%s longer than %d bytes: %s", counts->n_long_lines,
			counts->n_long_lines == 1 ? "" : "s", STREAM_LINE_MAX,
			records ? "split, a record for each part"
				: "copied whole, searched only up to that length");
	if (counts->n_unclaimed > 0)
		log_warning("%" PRIu64
			    " code%s at the place where a line is cut: not explained, for "
			    "more digits may follow",
			counts->n_unclaimed, counts->n_unclaimed == 1 ? "" : "s");
	if (counts->n_facts_left > 0)
		log_warning("%" PRIu64
			    " fact%s of calls left out of the context: too long, cut, too many, "
			    "or too hard to find",
			counts->n_facts_left, counts->n_facts_left == 1 ? "" : "s");
	if (counts->n_gave_up > 0)
		log_warning("patterns and columns gave up on lines, %" PRIu64
			    " time%s: causes may be missing",
			counts->n_gave_up, counts->n_gave_up == 1 ? "" : "s");
	if (counts->n_causes_dropped > 0)
		log_warning("%" PRIu64 " cause%s past %d in one line: not explained",
			counts->n_causes_dropped, counts->n_causes_dropped == 1 ? "" : "s",
			RECOGNIZER_MATCHES_MAX);
	if (counts->n_explained > 0)
		log_notice("%" PRIu64 " cause%s had a bracket already: not explained again",
			counts->n_explained, counts->n_explained == 1 ? "" : "s");
}

static bool has_profiles(const struct setup *setup)
{
	for (size_t i = 0; i < setup->library.n_files; i++)
		if (setup->library.files[i].profile || setup->library.files[i].broken)
			return true;
	return false;
}

static int make_recognizer(
	const struct setup *setup, const struct tool_options *options, struct recognizer **ret)
{
	struct text missing = { 0 };
	int r = setup_recognizer(setup, &options->profiles, &missing, ret);

	if (r == -ENOENT && !has_profiles(setup)) {
		tool_log_none(options, "profile");
	} else if (r == -ENOENT && text_equal(missing, text_of(PROFILE_CHOICE_ALL))) {
		log_error("there is no %sprofile that is used by default; name one with --profile, "
			  "'because list --profiles' lists them",
			setup->n_left_out > 0 ? "usable " : "");
	} else if (r == -ENOENT) {
		log_error("there is no %sprofile '%.*s'; 'because list --profiles' lists the "
			  "profiles; to use a file, write './%.*s'",
			setup->n_left_out > 0 ? "usable " : "", TEXT_FORMAT(missing),
			TEXT_FORMAT(missing));
		suggestion_log(library_nearest_profile(&setup->library, missing), "--profile ");
	} else if (r < 0) {
		errno = -r;
		log_error("cannot build the recognizer: %m");
	} else if (options->profiles.n == 0) {
		(void)setup_log_moved_keys(setup, &options->profiles);
	}
	return r;
}

/* Find out the form of the output by its name; NULL is text. */
static int choose_format(const char *name, struct encode_options *format, bool *ret_records)
{
	static const char *const all[] = { "text", "json", "rfc5424", "rfc3164", NULL };

	*ret_records = name && strcmp(name, "text") != 0;
	if (!*ret_records)
		return 0;
	for (int i = 0; format_names[i]; i++) {
		if (strcmp(name, format_names[i]) != 0)
			continue;
		format->format = i;
		return 0;
	}
	log_error("unknown format '%s'; there are text, json, rfc5424 and rfc3164", name);
	suggestion_log(suggestion_of(text_of(name), all), "--format ");
	return -EINVAL;
}

int tool_filter(const struct tool_options *options)
{
	CLEANUP(setup_done) struct setup setup = { 0 };
	CLEANUP(recognizer_freep) struct recognizer *recognizer = NULL;
	CLEANUP(sink_freep) struct sink *sink = NULL;
	CLEANUP(line_filter_freep) struct line_filter *filter = NULL;
	struct screen screen = screen_open(options->color);
	struct encode_options format = { .enterprise = FORMAT_ENTERPRISE_DEFAULT };
	struct line_filter_options line_filter_options = {
		.only_matching = options->only_matching,
		.color = screen.color,
	};
	int status;

	if (choose_format(options->format, &format, &line_filter_options.records) < 0)
		return TOOL_USAGE;
	if (tool_load(&setup, options, true) < 0 ||
		make_recognizer(&setup, options, &recognizer) < 0)
		return TOOL_USAGE;
	if (stream_sink_new("standard output", STDOUT_FILENO, &format, &sink) < 0 ||
		line_filter_new(&line_filter_options, &setup.config->policy, recognizer, sink,
			&filter) < 0) {
		log_error("out of memory");
		return TOOL_WRONG;
	}
	status = filter_files(filter, options);
	log_bounds(line_filter_get_counts(filter), line_filter_options.records);
	return status;
}
