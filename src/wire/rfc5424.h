/* RFC 5424: the enriched record as a syslog message with structured data, and the grammar of
 * structured data. */
#pragma once

#include <stddef.h>

#include "base/text.h"

enum {
	RFC5424_HOSTNAME_MAX = 255, /* bytes of the header's parts (section 6) */
	RFC5424_APP_NAME_MAX = 48,
	RFC5424_PROCID_MAX = 128,
	RFC5424_MSGID_MAX = 32,
	RFC5424_SD_NAME_MAX = 32, /* bytes of an SD-ID or a parameter's name */
};

/* Bytes of the well-formed SD-ELEMENT that `t` begins with (section 6.3), and its SD-ID; 0 where
 * there is none. */
size_t rfc5424_element(struct text t, struct text *ret_id);

/* Bytes of the SD-ELEMENTs that `t` begins with; 0 where there is none. */
size_t rfc5424_structured_data(struct text t);
