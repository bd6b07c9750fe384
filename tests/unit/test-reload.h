/* What the tests of reloads share: a pipeline that runs, and gets another setup meanwhile. */
#pragma once

#include "test-flow.h"

enum { RELOAD_WAITS = 1000 }; /* result of a reload that is not over */

/* Start a pipeline with the files of the directory as they are now. */
static inline void reload_start(struct flow *f)
{
	f->options.drain = false;
	f->setup = setup_unref(f->setup);
	assert_int_equal(flow_load(f), 0);
	assert_true(flow_open_loop(f) >= 0);
	assert_int_equal(pipeline_new(f->event, f->setup, &f->options, &f->pipeline), 0);
}

static inline void reload_finish(struct flow *f)
{
	pipeline_stop(f->pipeline);
	assert_int_equal(flow_run_to_end(f), 0);
	f->pipeline = pipeline_free(f->pipeline);
	flow_close_loop(f);
}

static inline void reload_on_result(int result, void *userdata)
{
	*(int *)userdata = result;
}

/* Load the files of the directory as they are now, and begin to reload with them. */
static inline void reload_begin(struct flow *f, int *result)
{
	f->setup = setup_unref(f->setup);
	assert_int_equal(flow_load(f), 0);
	*result = RELOAD_WAITS;
	pipeline_reload(f->pipeline, f->setup, reload_on_result, result);
	/* Only the pipeline has a reference now. */
	f->setup = setup_unref(f->setup);
}

/* Reload with the files of the directory as they are now; returns the result. */
static inline int reload_now(struct flow *f)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;
	int result;

	reload_begin(f, &result);
	while (result == RELOAD_WAITS && __real_io_now_usec(CLOCK_MONOTONIC) < end)
		assert_true(flow_loop_once(f) >= 0);
	return result;
}
