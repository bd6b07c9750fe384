/* The options of every encoder of enriched records. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct encode_options {
	int format;          /* enum format */
	uint32_t enterprise; /* private enterprise number of the structured data (RFC 5424 7.2.2) */
	size_t size_max;     /* of the whole, in bytes; 0 = no bound */
};
