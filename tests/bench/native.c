/* `native` encodes an enriched record for the journal N times: of a call platform, with the fields
 * that journald adds and one cause. For tests/bench/check-perf, which counts the instructions.
 *
 *     native N */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/buffer.h"
#include "record/finding.h"
#include "record/record.h"
#include "wire/native.h"

static const char *const fields[][2] = {
	{ "PRIORITY", "6" },
	{ "SYSLOG_FACILITY", "3" },
	{ "SYSLOG_IDENTIFIER", "ccs" },
	{ "_BOOT_ID", "6f2a9c1d4b7e4f0a8c3d5e6f7a8b9c0d" },
	{ "_MACHINE_ID", "1b2c3d4e5f60718293a4b5c6d7e8f901" },
	{ "_HOSTNAME", "pbx" },
	{ "_UID", "998" },
	{ "_GID", "998" },
	{ "_PID", "812" },
	{ "_COMM", "ccs" },
	{ "_EXE", "/usr/bin/ccs" },
	{ "_CMDLINE", "/usr/bin/ccs --run" },
	{ "_TRANSPORT", "stdout" },
	{ "_SYSTEMD_UNIT", "ccs.service" },
	{ "CALL_LEG", "a" },
	{ "QUEUE", "7" },
	{ "MESSAGE",
		"call ended callId=1772442845-17 agent=1004 releaseCause=512 talk=61 skill=7" },
};

static struct record make_record(void)
{
	struct record record = record_make();
	struct finding *finding = record_add_finding(&record);

	if (!finding)
		abort();
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (record_add(&record, text_of(fields[i][0]), text_of(fields[i][1])) < 0)
			abort();
	*finding = (struct finding){
		.code = "512",
		.numeric = true,
		.known = true,
		.name = text_of("skill-queue-full"),
		.description = text_of("The queue of the skill had no place left for the call."),
		.component = text_of("ccs"),
		.category = text_of("capacity"),
		.action = text_of("Compare the length of the queue with its limit."),
		.severity = LOG_WARNING,
		.catalog = text_of("huawei-cec"),
		.profile = text_of("huawei-cec"),
		.key = text_of("releaseCause"),
		.in_message = true,
		.offset = 52,
		.len = 3,
	};
	record.source = "platform";
	record.instance = "becaused";
	record.position = text_of("s=0b1c;i=2a");
	return record;
}

int main(int argc, char **argv)
{
	size_t n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct record record = make_record();
	struct buffer out = buffer_make(NATIVE_SIZE_MAX);

	if (n == 0) {
		(void)fprintf(stderr, "usage: native N\n");
		return 2;
	}
	while (n-- > 0) {
		buffer_clear(&out);
		if (native_encode(&record, &out) < 0)
			abort();
	}
	buffer_done(&out);
	record_done(&record);
	return 0;
}
