/* The unit of a control group, as systemd writes them in its hierarchies of today and of old. */
#include "config.h"

#include "test.h"

#include "daemon/own-unit.h"

struct row {
	const char *cgroup, *unit;
};

static const struct row rows[] = {
	{ "0::/system.slice/becaused.service\n", "becaused.service" },
	{ "0::/system.slice/system-becaused.slice/becaused@cec.service\n", "becaused@cec.service" },
	{ "9:name=systemd:/system.slice/becaused.service\n8:pids:/\n0::/other.service\n",
		"becaused.service" },
	{ "8:pids:/system.slice/other.service\n0::/system.slice/becaused.service\n",
		"becaused.service" },
	{ "0::/machine.slice/machine-a.scope/payload/system.slice/becaused.service",
		"becaused.service" },
	{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/becaused.service\n", "" },
	{ "0::/user.slice/user-1000.slice/session-2.scope\n", "" },
	{ "0::/\n", "" },
	{ "0::/.service\n", "" },
	{ "0:\n::\n\n", "" },
	{ "", "" },
};

static void the_unit_is_the_last_service_of_the_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text unit = unit_in_cgroup(text_of(rows[i].cgroup));

		if (!text_equal(unit, text_of(rows[i].unit)))
			fail_msg("%s: saw '%.*s'", rows[i].cgroup, TEXT_FORMAT(unit));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_unit_is_the_last_service_of_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
