/* What a reader of YAML cannot do without: libyaml's events of the files, each made and thrown
 * away.
 *
 *   yaml-events FILE…
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

static bool read_events(yaml_parser_t *parser)
{
	yaml_event_type_t type;

	do {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			return false;
		type = event.type;
		yaml_event_delete(&event);
	} while (type != YAML_STREAM_END_EVENT);
	return true;
}

static bool read_file(const char *path)
{
	FILE *stream = fopen(path, "re");
	yaml_parser_t parser;
	bool good;

	if (!stream || !yaml_parser_initialize(&parser)) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_file(&parser, stream);
	good = read_events(&parser);
	yaml_parser_delete(&parser);
	(void)fclose(stream);
	return good;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (read_file(argv[i]))
			continue;
		(void)fprintf(stderr, "%s: no YAML\n", argv[i]);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
