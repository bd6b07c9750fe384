/* The positions of a journal source are cursors, in the order of their entries. */
#pragma once

extern const struct source_order journal_position_order;
