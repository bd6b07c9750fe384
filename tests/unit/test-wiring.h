/* What the tests of counts share: a wiring made of numbers, with sources and sinks that do nothing.
 */
#pragma once

#include "test.h"

#include "flow/wiring.h"
#include "record/record.h"
#include "sink/sink.h"
#include "source/source.h"

enum { TEST_FEEDS_MAX = 6, TEST_LANES_MAX = 3 };

struct test_wiring {
	struct wiring wiring;
	struct config_source configs[TEST_FEEDS_MAX];
	struct source sources[TEST_FEEDS_MAX];
	struct feed feeds[TEST_FEEDS_MAX];
	struct sink sinks[TEST_LANES_MAX];
	struct lane lanes[TEST_LANES_MAX];
};

static inline void test_wiring_init(struct test_wiring *t)
{
	memset(t, 0, sizeof(*t));
	t->wiring.feeds = t->feeds;
	t->wiring.lanes = t->lanes;
}

/* A feed of configured source number `config`, as a name; its counts are to be filled in. */
static inline struct source *test_add_feed(
	struct test_wiring *t, size_t config, const char *name, bool again)
{
	size_t n = t->wiring.n_feeds++;

	assert_true(n < TEST_FEEDS_MAX && config < TEST_FEEDS_MAX);
	t->configs[config].name = text_of(name);
	t->feeds[n].config = &t->configs[config];
	t->feeds[n].again = again;
	t->feeds[n].input.source = &t->sources[n];
	return &t->sources[n];
}

/* A feed has a record in hand that this lane is to have. */
static inline void test_owe(struct test_wiring *t, struct lane *lane)
{
	static struct record record;
	struct input *input = &t->feeds[t->wiring.n_feeds].input;

	(void)test_add_feed(t, t->wiring.n_feeds, "owing", true);
	input->in_hand = &record;
	input->lanes = lane;
	input->n_lanes = 1;
	input->owed = 1;
}

static inline struct lane *test_add_lane(struct test_wiring *t, const char *name)
{
	size_t n = t->wiring.n_lanes++;

	assert_true(n < TEST_LANES_MAX);
	t->sinks[n].name = name;
	t->lanes[n].sink = &t->sinks[n];
	return &t->lanes[n];
}
