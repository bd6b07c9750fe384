/* Shared by the tests of the encoders: records with made-up fields and causes. */
#pragma once

#include "test.h"

#include <stdio.h>

#include "record/record.h"

static inline void test_add_field(struct record *record, const char *name, const char *value)
{
	assert_int_equal(record_add(record, text_of(name), text_of(value)), 0);
}

/* A cause that the catalog knows, with every text it may have. */
static inline struct finding *test_add_cause(struct record *record, const char *code)
{
	struct finding *finding = record_add_finding(record);

	assert_non_null(finding);
	*finding = (struct finding){
		.numeric = true,
		.known = true,
		.name = text_of("queue-full"),
		.description = text_of("The queue is full."),
		.component = text_of("ccs"),
		.category = text_of("capacity"),
		.action = text_of("Look at the queue."),
		.severity = 4,
		.catalog = text_of("tiny"),
		.catalog_version = text_of("0123456789abcdef"),
		.profile = text_of("small"),
		.key = text_of("releaseCause"),
		.in_message = true,
	};
	(void)snprintf(finding->code, sizeof(finding->code), "%s", code);
	return finding;
}
