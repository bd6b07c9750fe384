/* Profiles that were written for 0.1.0: they load, and mean what they meant. */
#include "config.h"

#include "test.h"

#include "cause/catalog.h"
#include "cause/proof/examples.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"

static const char causes[] = CATALOG_HEAD CAUSE("7") CAUSE("16") CAUSE(
	"500-1100") "  - {code: 31, name: normal-unspecified, description: D., severity: err, "
		    "aliases: [NORMAL_UNSPECIFIED]}\n";

static void check_old(const char *content)
{
	struct catalog *catalog = catalog_good(causes);
	struct profile *profile = profile_good(content);
	struct diag diag = { 0 };

	test_bind(profile, catalog);
	assert_good(examples_run(profile, &diag), &diag);
	(void)profile_free(profile);
	(void)catalog_free(catalog);
}

/* etc/profiles/huawei-cec.yaml of 0.1.0, in short. */
static void the_profile_of_huawei_cec_means_the_same(void **state)
{
	(void)state;
	check_old("profile: huawei-cec\n"
		  "title: Huawei CEC/AICC platform logs\n"
		  "catalog: test\n"
		  "keys: [releaseCause, release_cause, failCode]\n"
		  "fields: [RELEASE_CAUSE_CODE]\n"
		  "base: decimal\n"
		  "examples:\n"
		  "  - line: 'callId=87-3 releaseCause=512 talk=0'\n"
		  "    causes: [512]\n"
		  "  - line: '{ \"task\": 7, \"failCode\" : \"00537\", \"resultCode\": \"OB00012\" "
		  "}'\n"
		  "    causes: [537]\n"
		  "  - line: '<call id=\"9\"><releaseCause>853</releaseCause></call>'\n"
		  "    causes: [853]\n"
		  "  - line: 'cdr={\\\"callid\\\":\\\"17-7\\\",\\\"releaseCause\\\":512}'\n"
		  "    causes: [512]\n"
		  "  - line: '[{\"failCode\":\"00603\"},{\"failCode\":\"00604\"}]'\n"
		  "    causes: [603, 604]\n"
		  "  - line: 'release_cause=1077 release_cause=1077'\n"
		  "    causes: [1077, 1077]\n"
		  "  - line: 'releaseCause=9999'\n"
		  "    causes: [9999]\n"
		  "  - line: 'releaseCause=-1 failCode=\"\"'\n"
		  "    causes: []\n"
		  "  - line: 'releaseCause=other release_cause=''expired'''\n"
		  "    causes: []\n"
		  "  - line: 'releaseCause=5.12 releaseCause=512345678901'\n"
		  "    causes: []\n");
}

/* The example of becaused-profile(5) of 0.1.0. */
static void the_profile_of_the_manual_means_the_same(void **state)
{
	(void)state;
	check_old("profile: my-pbx\n"
		  "catalog: test\n"
		  "keys: [hangupCode]\n"
		  "fields: [PBX_HANGUP_CODE]\n"
		  "ignore: [0]\n"
		  "patterns:\n"
		  "  - requires: dropped\n"
		  "    regex: 'dropped, code (?<cause>\\d+)'\n"
		  "examples:\n"
		  "  - line: 'call 12 hangupCode=7'\n"
		  "    causes: [7]\n"
		  "  - line: 'call 12 dropped, code 7'\n"
		  "    causes: [7]\n"
		  "  - line: 'hangupCode=-1'\n"
		  "    causes: []\n");
}

static void every_base_of_keys_and_patterns_means_the_same(void **state)
{
	(void)state;
	check_old("profile: hex\ncatalog: test\nkeys: [cause]\nbase: hex\n"
		  "patterns:\n"
		  "  - {requires: x, regex: 'x (?<cause>[0-9]+)'}\n"
		  "  - {requires: i =, regex: 'i = (?<cause>0x[0-9A-F]{4})', base: q931}\n"
		  "examples:\n"
		  "  - {line: 'cause=10 x 10 i = 0x8290', causes: [16, 10, 16]}\n"
		  "  - {line: 'cause=0x10', causes: [16]}\n");
	check_old("profile: names\ncatalog: test\nkeys: [cause]\nbase: name\n"
		  "ignore: [NORMAL_CLEARING]\n"
		  "patterns: [{requires: p, regex: 'p (?<cause>[0-9]+)'}]\n"
		  "examples:\n"
		  "  - {line: 'cause=NORMAL_UNSPECIFIED p 7', causes: [NORMAL_UNSPECIFIED, 7]}\n"
		  "  - {line: 'cause=OTHER_WORD', causes: [OTHER_WORD]}\n"
		  "  - {line: 'cause=NORMAL_CLEARING', causes: []}\n");
	check_old("profile: q931\ncatalog: test\nkeys: [Cause i]\nbase: q931\n"
		  "examples:\n"
		  "  - {line: 'Cause i = 0x8290 - Normal', causes: [16]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_profile_of_huawei_cec_means_the_same),
		cmocka_unit_test(the_profile_of_the_manual_means_the_same),
		cmocka_unit_test(every_base_of_keys_and_patterns_means_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
