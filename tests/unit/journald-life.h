/* Lives of a journal sink against the model of journald: records are sent in order, positions saved
 * as they settle, and after a kill the next life recalls what the journal has, and sends the rest.
 */
#pragma once

#include "base/log.h"
#include "journald-model.h"
#include "record/record.h"
#include "sink/journal/journal-sink.h"

enum {
	LIFE_RECORDS_MAX = MODEL_POSITIONS_MAX,
	LIFE_SENDS = 3,          /* before the sink gives a record up */
	LIFE_ROUNDS_MAX = 20000, /* until everything must have come to its end */
	LIFE_TICK_USEC = 5 * 1000,
};

static struct {
	struct sink *sink;
	struct record record;
	unsigned n_records; /* to be sent */
	unsigned next;      /* the one to be sent next */
	unsigned sent[LIFE_RECORDS_MAX];
	size_t n_sent;    /* by this life */
	unsigned settled; /* those before are settled */
	unsigned saved;   /* those before were settled when positions were saved last */
	bool known[LIFE_RECORDS_MAX];
	bool recalled;
	uint64_t n_refused; /* by earlier lives */
	unsigned n_lives;
} life;

static inline void life_begin(void)
{
	static const struct journal_sink_sender sender = { .unit = "becaused.service",
		.instance = "test" };

	if (journal_sink_new_at("journal", model.address.sun_path, &sender, &life.sink) < 0)
		abort();
	life.n_sent = 0;
	life.next = life.settled = life.saved;
	life.recalled = false;
	memset(life.known, 0, sizeof(life.known));
	life.n_lives++;
}

static inline void life_end(void)
{
	life.n_refused += life.sink->n_refused;
	life.sink = sink_free(life.sink);
}

static inline void life_init(unsigned n_records)
{
	/* The messages of the sink do not belong in the output of the test. */
	log_open("journald-life", LOG_EMERG - 1);
	memset(&life, 0, sizeof(life));
	model_init();
	life.record = record_make();
	life.n_records = n_records;
	life_begin();
}

static inline void life_done(void)
{
	life_end();
	record_done(&life.record);
	for (size_t i = 0; i < MODEL_HANDLES_MAX; i++)
		if (model.handles[i].open)
			abort();
	model_done();
}

static inline void life_kill(void)
{
	life_end();
	life_begin();
}

static inline int life_know(const struct sink_memory *memory, void *userdata)
{
	uint64_t number;

	(void)userdata;
	if (text_parse_number(memory->position, 10, LIFE_RECORDS_MAX - 1, &number) < 0)
		abort();
	life.known[number] = true;
	return 0;
}

/* Note how far records are settled: so far the position may be saved. */
static inline void life_note(void)
{
	size_t n = (size_t)life.sink->n_settled;

	if (n > life.n_sent)
		abort();
	life.settled = n < life.n_sent ? life.sent[n] : life.next;
}

static inline void life_fill(unsigned number)
{
	static char position[16];
	struct finding *finding;

	record_clear(&life.record);
	if (record_add(&life.record, text_of("MESSAGE"), text_of("releaseCause=512")) < 0)
		abort();
	finding = record_add_finding(&life.record);
	if (!finding)
		abort();
	*finding = (struct finding){ .code = "512", .numeric = true, .catalog = text_of("tiny") };
	(void)snprintf(position, sizeof(position), "%u", number);
	life.record.priority = 4;
	life.record.source = "platform";
	life.record.instance = "test";
	life.record.position = text_of(position);
}

/* Recall what the journal has of earlier lives, as far as that is possible now. */
static inline void life_recall(void)
{
	if (!life.recalled)
		life.recalled = sink_recall(life.sink, text_of(""), life_know, NULL) == 0;
}

/* Send the next record that the journal is not known to have. False when none was taken. */
static inline bool life_send(void)
{
	int r;

	life_recall();
	while (life.recalled && life.next < life.n_records && life.known[life.next])
		life.next++;
	life_note();
	if (!life.recalled || life.next == life.n_records)
		return false;
	life_fill(life.next);
	r = sink_send(life.sink, &life.record);
	if (r < 0)
		abort();
	if (r == SINK_FULL)
		return false;
	life.sent[life.n_sent++] = life.next++;
	life_note();
	return true;
}

static inline void life_pass(uint64_t usec)
{
	model_pass(usec);
	if (sink_process(life.sink) < 0)
		abort();
	life_recall();
	life_note();
}

static inline void life_save(void)
{
	life.saved = life.settled;
}

/* Whether every record has been sent, or recalled, and is settled. */
static inline bool life_is_finished(void)
{
	return life.recalled && life.next == life.n_records && life.settled == life.n_records;
}

/* Remove all obstacles, and run until every record is settled. False when some never are. */
static inline bool life_finish(void)
{
	model.n_steps_fail = 0;
	model.opens_fail = false;
	if (model.listener < 0)
		model_start();
	for (unsigned i = 0; i < LIFE_ROUNDS_MAX && !life_is_finished(); i++) {
		(void)life_send();
		(void)model_read(MODEL_KEPT);
		life_pass(LIFE_TICK_USEC);
	}
	return life_is_finished();
}

/* The first record that the journal does not have exactly once; UINT32_MAX = there is none. A
 * record may be missing only if journald lost it as often as the sink sends one, and no more may be
 * missing than the sink has counted as refused. */
static inline unsigned life_find_wrong(void)
{
	uint64_t n_missing = 0, n_refused = life.n_refused + life.sink->n_refused;
	unsigned wrong = UINT32_MAX;

	for (unsigned i = 0; i < life.n_records; i++) {
		char position[16];
		bool excused;
		unsigned n;

		(void)snprintf(position, sizeof(position), "%u", i);
		n = model_count(position);
		n_missing += n == 0;
		excused = model.n_lost[i] >= LIFE_SENDS && n_missing <= n_refused;
		if ((n > 1 || (n == 0 && !excused)) && wrong == UINT32_MAX)
			wrong = i;
	}
	return wrong;
}
