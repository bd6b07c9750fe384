/* because: options, and one function for each command. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/suggestion.h"
#include "base/terminal/color.h"
#include "base/terminal/option-errors.h"
#include "cause/catalog.h"
#include "tool/tool.h"

static const char usage[] =
	"Usage: because CODE…\n"
	"       because explain [--catalog NAME] [--json] CODE…\n"
	"       because list [--catalog NAME] [--json] [--profiles] [--no-pager] [PATTERN]\n"
	"       because filter [--profile NAME]… [--format FORMAT] [--only-matching]\n"
	"                      [--config FILE] [FILE…]\n"
	"       because import [--catalog NAME] FILE.csv\n"
	"       because check [--config FILE] [FILE…]\n"
	"\n"
	"Explains the release causes of call-center and telephony platforms.\n"
	"\n"
	"  explain  explain a code or a symbolic name, by every catalog that has it; a CODE\n"
	"           may be hexadecimal (0x200), and may be a whole line of a log\n"
	"  list     list all causes, or those with PATTERN in a name, an alias or the\n"
	"           description\n"
	"  filter   copy FILEs or standard input to standard output, with an explanation\n"
	"           behind each line that has a release cause\n"
	"  import   write the catalog that a vendor's table makes, in CSV with columns named\n"
	"           code, name, description, severity, component, category, action, aliases;\n"
	"           - is standard input\n"
	"  check    look for errors in configuration, catalogs and profiles\n"
	"\n"
	"  --catalog NAME   only this catalog; for import, the name of the new one (default:\n"
	"                   that of the file)\n"
	"  --json           one JSON object for each line of output\n"
	"  --profiles       list the profiles instead of the causes\n"
	"  --no-pager       on a terminal, list without a pager\n"
	"  --profile NAME   how causes are written in this log; may be repeated; a NAME with\n"
	"                   a slash, such as ./my-pbx.yaml, is the file of a profile\n"
	"                   (default: those of the configuration, else all that need\n"
	"                   not be named)\n"
	"  --format FORMAT  text (default): the lines as they are; or one record for each\n"
	"                   line: json, rfc5424 (syslog with structured data) or rfc3164\n"
	"  --only-matching  leave out lines without a release cause\n"
	"  --config FILE    the configuration (default: " BECAUSE_SYSCONFDIR "/becaused.yaml,\n"
	"                   if it is there and --data is not given)\n"
	"  --data DIR       a directory with catalogs/ and profiles/ (default: the installed\n"
	"                   ones)\n"
	"  --color WHEN     auto (default): on a terminal, unless NO_COLOR is set; always;\n"
	"                   or never\n"
	"  -h, --help       this text\n"
	"  --version        the version\n"
	"\n"
	"Exit status: 0 success, 1 something was found wrong or is unknown, 2 usage or\n"
	"configuration error.\n";

enum { PROFILES_MAX = 64, PARSE_EXIT = 1 };

enum tool_option {
	OPTION_CATALOG = OPTIONS_FIRST,
	OPTION_JSON,
	OPTION_PROFILES,
	OPTION_NO_PAGER,
	OPTION_PROFILE,
	OPTION_FORMAT,
	OPTION_ONLY_MATCHING,
	OPTION_CONFIG,
	OPTION_DATA,
	OPTION_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_END,
};

#define BIT(option) (1u << ((option)-OPTIONS_FIRST))

struct command {
	const char *name;
	tool_command_fn *run;
	unsigned options; /* bits of those it takes besides the common ones */
};

static const struct command commands[] = {
	{ "explain", tool_explain, BIT(OPTION_CATALOG) | BIT(OPTION_JSON) },
	{ "list", tool_list,
		BIT(OPTION_CATALOG) | BIT(OPTION_JSON) | BIT(OPTION_PROFILES) |
			BIT(OPTION_NO_PAGER) },
	{ "filter", tool_filter,
		BIT(OPTION_PROFILE) | BIT(OPTION_FORMAT) | BIT(OPTION_ONLY_MATCHING) },
	{ "import", tool_import, BIT(OPTION_CATALOG) },
	{ "check", tool_check, 0 },
};

static const struct option long_options[] = {
	{ "catalog", required_argument, NULL, OPTION_CATALOG },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "profiles", no_argument, NULL, OPTION_PROFILES },
	{ "no-pager", no_argument, NULL, OPTION_NO_PAGER },
	{ "profile", required_argument, NULL, OPTION_PROFILE },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "only-matching", no_argument, NULL, OPTION_ONLY_MATCHING },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "data", required_argument, NULL, OPTION_DATA },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static int add_profile(struct tool_options *options, const char *name)
{
	if (options->profiles.n == PROFILES_MAX) {
		log_error("more than %d profiles", PROFILES_MAX);
		return -EINVAL;
	}
	options->profiles.items[options->profiles.n++] = text_of(name);
	return 0;
}

static int set_option(struct tool_options *options, int option, const char *value)
{
	switch (option) {
	case OPTION_CATALOG:
		options->catalog = value;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	case OPTION_PROFILES:
		options->list_profiles = true;
		return 0;
	case OPTION_NO_PAGER:
		options->no_pager = true;
		return 0;
	case OPTION_PROFILE:
		return add_profile(options, value);
	case OPTION_FORMAT:
		options->format = value;
		return 0;
	case OPTION_ONLY_MATCHING:
		options->only_matching = true;
		return 0;
	case OPTION_CONFIG:
		options->setup.config = value;
		return 0;
	case OPTION_DATA:
		options->setup.data = value;
		return 0;
	case OPTION_COLOR:
		return color_read(value, &options->color);
	case OPTION_HELP:
		(void)fputs(usage, stdout);
		return PARSE_EXIT;
	case OPTION_VERSION:
		(void)puts("because " PACKAGE_VERSION);
		return PARSE_EXIT;
	default:
		return -EINVAL;
	}
}

static const char *name_of(unsigned option)
{
	for (const struct option *o = long_options; o->name; o++)
		if ((unsigned)o->val == option)
			return o->name;
	return "";
}

/* The command is the first word; a word that is no command is a code to explain. */
static const struct command *choose_command(struct tool_options *options)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (options->n_arguments == 0 ||
			strcmp(options->arguments[0], commands[i].name) != 0)
			continue;
		options->arguments++;
		options->n_arguments--;
		return &commands[i];
	}
	options->is_implied = true;
	return &commands[0];
}

bool tool_suggest_command(const char *word)
{
	struct suggestion nearest = suggestion_make(text_of(word));

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		suggestion_offer(&nearest, text_of(commands[i].name));
	suggestion_log(nearest.best, "because ");
	return nearest.best.len > 0;
}

static int refuse_foreign_options(const struct command *command, unsigned given)
{
	const unsigned common = BIT(OPTION_CONFIG) | BIT(OPTION_DATA) | BIT(OPTION_COLOR);

	for (unsigned option = OPTIONS_FIRST; option < OPTION_END; option++) {
		if (!(given & BIT(option)) || (command->options | common) & BIT(option))
			continue;
		log_error("'because %s' has no option --%s", command->name, name_of(option));
		return -EINVAL;
	}
	return 0;
}

/* Returns 0, PARSE_EXIT when everything has been printed, or -EINVAL. */
static int parse_options(
	struct tool_options *options, int argc, char **argv, const struct command **ret)
{
	unsigned given = 0;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) >= 0) {
		int r;

		if (option == '?' || option == ':') {
			options_log_refused(option, argv, long_options);
			return -EINVAL;
		}
		option = option == 'h' ? OPTION_HELP : option;
		r = set_option(options, option, optarg);
		if (r != 0)
			return r;
		given |= BIT((unsigned)option);
	}
	if (argc == 1) {
		log_error("which code? For instance: because 512");
		return -EINVAL;
	}
	options->arguments = argv + optind;
	options->n_arguments = (size_t)(argc - optind);
	*ret = choose_command(options);
	if ((*ret)->run == tool_list && options->n_arguments > 1) {
		log_error("unexpected argument '%s'", options->arguments[1]);
		return -EINVAL;
	}
	return refuse_foreign_options(*ret, given);
}

int main(int argc, char **argv)
{
	struct text profiles[PROFILES_MAX];
	struct tool_options options = { .profiles = { .items = profiles } };
	const struct command *command = NULL;
	int r;

	log_open("because", LOG_INFO);
	/* A reader that is gone is reported by a failing write. */
	(void)signal(SIGPIPE, SIG_IGN);
	r = parse_options(&options, argc, argv, &command);
	if (r == PARSE_EXIT)
		return tool_finish_output(TOOL_GOOD);
	if (r != 0) {
		(void)fputs("Try 'because --help'.\n", stderr);
		return TOOL_USAGE;
	}
	log_set_color(color_is_on(options.color, isatty(STDERR_FILENO) == 1));
	return command->run(&options);
}
