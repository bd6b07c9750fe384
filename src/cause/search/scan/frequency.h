/* How frequent bytes are in the text of logs. */
#pragma once

enum { BYTE_FREQUENCY_SUM = 1179 }; /* of all bytes */

/* How many of a thousand bytes of log text are `byte`, at least 1. */
unsigned byte_frequency(unsigned char byte);
