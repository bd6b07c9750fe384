/* Exactly-once delivery to the journal, against a model of journald: bytes are steps of both.
 * However they come, each record is in the journal once, and those that are missing were counted as
 * refused. */
#include "config.h"

#include "fuzz.h"

#include "../unit/journald-life.h"

enum {
	STEPS_MAX = 200,
	FAILURES_MAX = 5, /* more in a row, and the sink stops reading back, as it must */
	CLOCK_STEP_USEC = 300 * 1000,
};

struct steps {
	const uint8_t *data;
	size_t size;
	unsigned n_failures;
};

/* What a byte means: its low four bits, and how often in the others. */
static void run_step(struct steps *steps, uint8_t step)
{
	unsigned n = 1 + step / 16;

	switch (step % 16) {
	case 0:
		for (unsigned i = 0; i < n; i++)
			(void)life_send();
		break;
	case 1:
		for (unsigned i = 0; i < n; i++)
			(void)model_read(MODEL_KEPT);
		break;
	case 2:
		for (unsigned i = 0; i < n; i++)
			(void)model_read(MODEL_KEPT_UNINDEXED);
		break;
	case 3:
		for (unsigned i = 0; i < n; i++)
			(void)model_read(MODEL_DROPPED);
		break;
	case 4:
		life_pass((uint64_t)n * 1000);
		break;
	case 5:
		life_pass((uint64_t)n * 100 * 1000);
		break;
	case 6:
		model_stop();
		break;
	case 7:
		if (model.listener < 0)
			model_start();
		break;
	case 8:
		model_index();
		break;
	case 9:
		life_kill();
		break;
	case 10:
		life_save();
		break;
	case 11:
		for (unsigned i = 0; i < n; i++)
			model_add_foreign();
		break;
	case 12:
		if (steps->n_failures++ < FAILURES_MAX)
			model.n_steps_fail = n;
		break;
	case 13:
		model.opens_fail = steps->n_failures++ < FAILURES_MAX;
		life_pass(LIFE_TICK_USEC);
		model.opens_fail = false;
		break;
	case 14:
		model.ahead_usec += n % 2 == 0 ? CLOCK_STEP_USEC : -(uint64_t)CLOCK_STEP_USEC;
		break;
	case 15:
	default:
		if (n > 8)
			model_rotate_unseen();
		else
			model.files++;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct steps steps = { data, size < STEPS_MAX ? size : STEPS_MAX, 0 };

	if (size == 0)
		return 0;
	life_init(1 + data[0] % 64);
	for (size_t i = 1; i < steps.size; i++)
		run_step(&steps, data[i]);
	must(life_finish());
	must(life_find_wrong() == UINT32_MAX);
	life_done();
	return 0;
}
