/* How frequent bytes are in the text of logs. */
#pragma once

/* How many of a thousand bytes of log text are `byte`, at least 1. */
unsigned byte_frequency(unsigned char byte);
