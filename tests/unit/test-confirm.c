/* Exactly-once delivery to the journal, against a model of journald: whatever it does, and wherever
 * this daemon is killed, each record is in the journal once. The linker wraps sd_journal_* and the
 * clock. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <syslog.h>

#include "journald-life.h"

/* A script: one letter, one step.
 *   s  send a record           S  send ten
 *   k  journald keeps one      K  keeps all that waits
 *   u  keeps one, and has not  d  drops one        D  drops all that waits
 *      indexed it yet
 *   i  finishes its indexes    f  an entry of another program
 *   t  a little time passes    T  much             (the sink is processed)
 *   x  journald stops, with its queue              y  starts
 *   r  journald rotates: there is a new file       p  positions are saved
 *   m  the same, and open handles never find it
 *   e  ten steps of libsystemd fail                o  opening fails    O  no longer
 *   b  the clock is set back   c  set forward
 */
static void run_step(char step)
{
	switch (step) {
	case 's':
		(void)life_send();
		break;
	case 'S':
		for (unsigned i = 0; i < 10; i++)
			(void)life_send();
		break;
	case 'k':
		(void)model_read(MODEL_KEPT);
		break;
	case 'K':
		while (model_read(MODEL_KEPT))
			;
		break;
	case 'u':
		(void)model_read(MODEL_KEPT_UNINDEXED);
		break;
	case 'd':
		(void)model_read(MODEL_DROPPED);
		break;
	case 'D':
		while (model_read(MODEL_DROPPED))
			;
		break;
	case 'i':
		model_index();
		break;
	case 'f':
		model_add_foreign();
		break;
	case 't':
		life_pass(LIFE_TICK_USEC);
		break;
	case 'T':
		life_pass((uint64_t)150 * 1000);
		break;
	case 'x':
		model_stop();
		break;
	case 'y':
		if (model.listener < 0)
			model_start();
		break;
	case 'r':
		model.files++;
		break;
	case 'm':
		model_rotate_unseen();
		break;
	case 'p':
		life_save();
		break;
	case 'e':
		model.n_steps_fail = 10;
		break;
	case 'o':
	case 'O':
		model.opens_fail = step == 'o';
		break;
	case 'b':
		model.ahead_usec -= 500 * 1000;
		break;
	case 'c':
		model.ahead_usec += 3600ull * 1000 * 1000;
		break;
	default:
		fail_msg("no step '%c'", step);
	}
}

static void assert_once(const char *script, size_t killed_at)
{
	unsigned wrong;

	if (!life_finish())
		fail_msg("'%s', killed at %zu: %u of %u records settled", script, killed_at,
			life.settled, life.n_records);
	wrong = life_find_wrong();
	if (wrong != UINT32_MAX)
		fail_msg("'%s', killed at %zu: record %u is not in the journal once", script,
			killed_at, wrong);
}

/* Run the script once without a kill, and once for each step with a kill behind it. */
static void run_and_kill(const char *script)
{
	for (size_t kill = 0; kill <= strlen(script); kill++) {
		life_init(30);
		for (size_t i = 0; script[i] != '\0'; i++) {
			run_step(script[i]);
			if (i == kill)
				life_kill();
		}
		assert_once(script, kill);
		life_done();
	}
}

static void each_record_is_there_once_wherever_it_is_killed(void **state)
{
	/* "tkt" at the front: journald takes a barrier, and the recall can end. */
	static const char *const scripts[] = {
		"tktSKtTtSKTtTtp",      /* all is well */
		"tktSkktkpkTsskTkpKTt", /* journald is slow */
		"tktSKptSxtTyTtTt",     /* it dies with its queue */
		"tktSkkkpxTyTkTtKTt",
		"tktSKrtSKTtTpt",    /* it rotates */
		"tktSmKTtTtpSKTtTt", /* and the handle misses the new file */
		"tktSkkmkkKTtpmSKTtTtTt",
		"tktSuuuuuTtpuuuuTtiTt", /* its indexes lag */
		"tktSuukkuuxyTtTtp",
		"tktSddkkpTkTkTkTk", /* it drops some */
		"tktSDTkTDTkTDTkT",
		"tktSKeTtTpSKeTtT", /* reading fails for a moment */
		"tktoSKTtTtOTtTpt",
		"ttteSKeTtTpSKeTtT", /* the same, before the recall */
		"tttoSKTtTtOTtTpt",
		"tktSfffKffTtTfpt", /* others write */
		"tktSbKTtSKbTtTp",  /* the clock is set */
		"tktScKTtSbKTtcTp",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(scripts); i++)
		run_and_kill(scripts[i]);
}

/* Every script of so many steps from a small alphabet, each followed by a kill. */
static void short_scripts_leave_nothing_out(void **state)
{
	static const char alphabet[] = "skudTxypm";
	enum { STEPS = 5, LETTERS = sizeof(alphabet) - 1 };
	size_t n_scripts = 1;

	(void)state;
	for (unsigned i = 0; i < STEPS; i++)
		n_scripts *= LETTERS;
	for (size_t n = 0; n < n_scripts; n++) {
		char script[STEPS + 4] = "tkt";
		size_t rest = n;

		for (unsigned i = 0; i < STEPS; i++, rest /= LETTERS)
			script[3 + i] = alphabet[rest % LETTERS];
		life_init(6);
		for (size_t i = 0; script[i] != '\0'; i++)
			run_step(script[i]);
		life_kill();
		assert_once(script, strlen(script));
		life_done();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_record_is_there_once_wherever_it_is_killed),
		cmocka_unit_test(short_scripts_leave_nothing_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
