/* Log lines of our own making in the shapes that platforms write, about 125 bytes each, the same
 * ones in every run:
 *
 *   generate COUNT [PERCENT [CODES]]
 *
 * PERCENT of the lines (10) have a release cause. With CODES, the codes are 0..CODES-1, otherwise
 * those of the huawei-cec catalog and now and then one that it does not have. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PERCENT_DEFAULT = 10, STREAM_SIZE = 1024 * 1024 };

/* What one line is made of; xorshift64 draws it. */
struct line {
	uint64_t state;
	unsigned number; /* of the line */
	unsigned call, agent, duration, millisecond;
	unsigned code;
};

static unsigned draw(struct line *line, unsigned bound)
{
	line->state ^= line->state << 13;
	line->state ^= line->state >> 7;
	line->state ^= line->state << 17;
	return (unsigned)(line->state >> 33) % bound;
}

static unsigned draw_code(struct line *line, unsigned n_codes)
{
	static const unsigned codes[] = { 531, 531, 531, 518, 521, 530, 540, 601, 601, 603, 603,
		604, 537, 538, 548, 512, 561, 562, 564, 853, 502, 517, 256, 346, 501, 602, 606, 616,
		714, 1057, 1077, 9999 };

	return n_codes > 0 ? draw(line, n_codes)
			   : codes[draw(line, sizeof(codes) / sizeof(codes[0]))];
}

typedef void print_fn(const struct line *line);

static void print_time(const struct line *line)
{
	unsigned second = line->number / 100;

	(void)printf("2026-03-02 %02u:%02u:%02u.%03u ", second / 3600 % 24, second / 60 % 60,
		second % 60, line->millisecond);
}

/* -- with a cause ----------------------------------------------------- */

static void print_text_cause(const struct line *line)
{
	print_time(line);
	(void)printf("INFO  ccs[812] call ended callId=1772442845-%u agent=%u releaseCause=%u "
		     "talk=%u wait=%u skill=7\n",
		line->call, line->agent, line->code, line->duration, line->duration % 17);
}

static void print_json_cause(const struct line *line)
{
	(void)printf("{\"time\":\"2026-03-02T09:14:05.%03uZ\",\"callId\":\"1772442845-%u\","
		     "\"agent\":%u,\"talkTime\":%u,\"releaseCause\":%u,\"skill\":7}\n",
		line->millisecond, line->call, line->agent, line->duration, line->code);
}

static void print_campaign_cause(const struct line *line)
{
	(void)printf("{\"campaignId\":\"3\",\"callId\":\"1772442845-%u\",\"called\":\"555%04u\","
		     "\"callStatus\":\"6\",\"failCode\":\"%05u\",\"resultCode\":\"OB00012\"}\n",
		line->call, line->agent, line->code);
}

static void print_xml_cause(const struct line *line)
{
	(void)printf("<call id=\"1772442845-%u\"><agent>%u</agent><talk>%u</talk>"
		     "<releaseCause>%u</releaseCause><skill>7</skill></call>\n",
		line->call, line->agent, line->duration, line->code);
}

static void print_escaped_cause(const struct line *line)
{
	print_time(line);
	(void)printf("DEBUG obs[377] cdr={\\\"callId\\\":\\\"1772442845-%u\\\","
		     "\\\"release_cause\\\":%u,\\\"talk\\\":%u}\n",
		line->call, line->code, line->duration);
}

/* -- without one ------------------------------------------------------ */

static void print_sign_in(const struct line *line)
{
	print_time(line);
	(void)printf("INFO  ccs[812] agent %u signed in to skill 7, queue holds %u calls, "
		     "longest wait %u s, service level 0.%u\n",
		line->agent, line->call % 40, line->duration, line->agent % 100);
}

static void print_event(const struct line *line)
{
	(void)printf("{\"message\":\"\",\"retcode\":\"0\",\"event\":{\"eventType\":"
		     "\"AgentEvent_Ringing\",\"workNo\":\"%u\",\"content\":\"1772442845-%u\"}}\n",
		line->agent, line->call);
}

static void print_request(const struct line *line)
{
	print_time(line);
	(void)printf("DEBUG gateway[99] GET /agentgateway/resource/agentevent/%u HTTP/1.1 200 "
		     "%u bytes in %u ms from 192.0.2.44\n",
		line->agent, line->call % 9000, line->duration);
}

static void print_route(const struct line *line)
{
	print_time(line);
	(void)printf("INFO  ivr[640] route 1772442845-%u flow=greeting node=%u because the caller "
		     "pressed %u, release of line %u follows\n",
		line->call, line->agent % 60, line->duration % 10, line->agent % 30);
}

static void print_other_platform(const struct line *line)
{
	print_time(line);
	(void)printf("NOTICE[%u][C-%08x] app_dial.c: Unable to create channel of type 'PJSIP' "
		     "(cause 20 - Subscriber absent)\n",
		line->agent, line->call);
}

static void print_heartbeat(const struct line *line)
{
	print_time(line);
	(void)printf("DEBUG ctiserver[55] heartbeat %u to ccs answered in %u us, %u links up, "
		     "0 links down\n",
		line->call, line->duration, line->agent % 8);
}

static void print_line(struct line *line, unsigned percent, unsigned n_codes)
{
	static print_fn *const with[] = { print_text_cause, print_text_cause, print_json_cause,
		print_json_cause, print_campaign_cause, print_xml_cause, print_escaped_cause };
	static print_fn *const without[] = { print_sign_in, print_event, print_event, print_request,
		print_request, print_route, print_other_platform, print_heartbeat };

	line->call = draw(line, 1000000);
	line->agent = 1000 + draw(line, 9000);
	line->duration = draw(line, 1000);
	line->millisecond = draw(line, 1000);
	if (draw(line, 100) >= percent) {
		without[draw(line, sizeof(without) / sizeof(without[0]))](line);
		return;
	}
	line->code = draw_code(line, n_codes);
	with[draw(line, sizeof(with) / sizeof(with[0]))](line);
}

/* A number from the command line; `otherwise` where none is given. */
static unsigned argument(int argc, char **argv, int index, unsigned otherwise)
{
	char *end = NULL;
	unsigned long number;

	if (index >= argc)
		return otherwise;
	number = strtoul(argv[index], &end, 10);
	if (*argv[index] == '\0' || *end != '\0' || number > UINT32_MAX) {
		(void)fprintf(stderr, "usage: generate COUNT [PERCENT [CODES]]\n");
		exit(2);
	}
	return (unsigned)number;
}

int main(int argc, char **argv)
{
	unsigned count = argument(argc, argv, 1, 0);
	unsigned percent = argument(argc, argv, 2, PERCENT_DEFAULT);
	unsigned n_codes = argument(argc, argv, 3, 0);
	struct line line = { .state = UINT64_C(0x9E3779B97F4A7C15) };

	(void)setvbuf(stdout, NULL, _IOFBF, STREAM_SIZE);
	for (line.number = 0; line.number < count; line.number++)
		print_line(&line, percent, n_codes);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
