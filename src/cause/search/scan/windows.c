/* Windows are chosen one after the other, those of short literals first: they have the least
 * choice. The more often a window's bytes come together in logs, the more it costs. A window that
 * an earlier literal has costs the vector search nothing more. A place with that window costs one
 * more comparison. So literals share windows. A window is full with WINDOW_LITERALS_MAX of them,
 * and takes more only where a literal has no other. */
#include "config.h"

#include "cause/search/scan/windows.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* A window. With neither literals nor words, it is a free place in the table. */
struct use {
	uint32_t key;
	uint16_t n;  /* literals that have it */
	bool common; /* words have it */
};

/* Windows by their keys: a hash table with open addresses. */
struct uses {
	struct use *items;
	size_t mask;
};

/* What a window costs besides its rate. Rates are in places of 1000 to the WINDOW_LEN. A window
 * that no literal has yet makes the vector search propose more places. Common words make places.
 * The cost of a full window is greater than any other. */
static const uint64_t NEW_COST = 1000000;
static const uint64_t COMMON_COST = 100000000;
static const uint64_t FULL_COST = UINT64_C(1) << 62;

/* Words of logs and of English. Their parts come far more often than their letters would by chance,
 * and so do their ends with a blank. */
static const char common_words[] =
	" _channel _code _id access account active address agent alert allow answer application"
	" audio auth because block bridge buffer byte cache call_id called caller callid calling"
	" cancel change channel channel_ check class client close code codec command complete"
	" config connect connection contact content context control count create current data"
	" debug default delete device dial direct disconnect domain drop duration enable"
	" encoding end ending enter error event event_type eventtype exception execute exit"
	" extension failed failure file filter find finish forward forwarding found from full"
	" group handle hang header host ignore incoming index info input interface internal"
	" invalid invite ip_ ipv4 join kernel left length level limit line link list load"
	" loading local login long manager max media memory message method missing mode module"
	" mount name network node notice number object offset open operation option order origin"
	" original outgoing packet param parse password path peer phone player policy port"
	" process profile proto protocol proxy query queue rate read reading reason receive"
	" record refused reject release remote remove reply report request reset resource"
	" response result retry return ring root route rule running schedule script send sending"
	" sent server service session session_ setup sip/ sip_ size skill socket source spawn"
	" start state status stop stream string success switch switch_channel switch_core sync"
	" system table talk target task thread time timeout timer token total trace transaction"
	" transport type udp unable unit unknown update uri use_ used user user_ using valid"
	" value variable verbose version wait warning with work write wrong ";

/* Of a thousand bytes of log text; 0 is less than one. */
static const uint8_t frequencies[256] = {
	['\n'] = 7,
	[' '] = 91,
	['"'] = 13,
	['('] = 4,
	[')'] = 4,
	[','] = 6,
	['-'] = 18,
	['.'] = 28,
	['/'] = 14,
	['0'] = 67,
	['1'] = 36,
	['2'] = 41,
	['3'] = 25,
	['4'] = 23,
	['5'] = 22,
	['6'] = 23,
	['7'] = 19,
	['8'] = 18,
	['9'] = 18,
	[':'] = 30,
	[';'] = 2,
	['<'] = 2,
	['='] = 6,
	['>'] = 2,
	['@'] = 2,
	['A'] = 3,
	['B'] = 2,
	['C'] = 5,
	['D'] = 3,
	['E'] = 6,
	['F'] = 1,
	['G'] = 2,
	['H'] = 2,
	['I'] = 3,
	['L'] = 2,
	['M'] = 7,
	['N'] = 3,
	['O'] = 4,
	['P'] = 5,
	['R'] = 3,
	['S'] = 5,
	['T'] = 6,
	['U'] = 2,
	['W'] = 2,
	['['] = 10,
	[']'] = 10,
	['_'] = 6,
	['a'] = 29,
	['b'] = 11,
	['c'] = 19,
	['d'] = 18,
	['e'] = 52,
	['f'] = 11,
	['g'] = 9,
	['h'] = 8,
	['i'] = 22,
	['k'] = 4,
	['l'] = 17,
	['m'] = 12,
	['n'] = 24,
	['o'] = 26,
	['p'] = 15,
	['r'] = 25,
	['s'] = 23,
	['t'] = 25,
	['u'] = 8,
	['v'] = 4,
	['w'] = 8,
	['x'] = 6,
	['y'] = 4,
};

unsigned byte_frequency(unsigned char byte)
{
	return frequencies[byte] > 0 ? frequencies[byte] : 1;
}

static struct use *find_use(struct uses *uses, uint32_t key)
{
	size_t at = key * UINT32_C(2654435761) >> 16;
	struct use *use = &uses->items[at & uses->mask];

	while ((use->n > 0 || use->common) && use->key != key)
		use = &uses->items[++at & uses->mask];
	return use;
}

static void add_common_words(struct uses *uses)
{
	for (size_t i = 0; i + WINDOW_LEN < sizeof(common_words); i++) {
		struct text window = text_make(common_words + i, WINDOW_LEN);
		uint32_t key = window_key(window_read(window), window.len);
		struct use *use = find_use(uses, key);

		if (memchr(window.data + 1, ' ', window.len - 2))
			continue;
		use->key = key;
		use->common = true;
	}
}

/* What one literal more at this window costs the search. */
static uint64_t window_cost(struct text window, const struct use *use)
{
	uint64_t cost = (use->n == 0 ? NEW_COST : 0) + (use->common ? COMMON_COST : 0);
	uint64_t rate = 1; /* as if bytes came independently */

	if (use->n >= WINDOW_LITERALS_MAX)
		return FULL_COST + use->n;
	for (size_t i = 0; i < window.len; i++)
		rate *= byte_frequency((unsigned char)char_lower(window.data[i]));
	return cost + rate;
}

static void choose_window(struct uses *uses, struct text literal, struct window *ret)
{
	uint64_t best_cost = UINT64_MAX;
	struct use *best = NULL;
	uint32_t best_key = 0;
	size_t len = literal.len < WINDOW_LEN ? literal.len : WINDOW_LEN;

	for (size_t offset = 0; offset + len <= literal.len; offset++) {
		struct text window = text_make(literal.data + offset, len);
		uint32_t key = window_key(window_read(window), len);
		struct use *use = find_use(uses, key);
		uint64_t cost = window_cost(window, use);

		if (cost >= best_cost)
			continue;
		best_cost = cost;
		best = use;
		best_key = key;
		*ret = (struct window){ (uint8_t)offset, (uint8_t)len };
	}
	assert(best);
	best->key = best_key;
	best->n++;
}

int windows_choose(const struct text *literals, size_t n, struct window *ret)
{
	CLEANUP(freep) struct use *items = NULL;
	struct uses uses = { .mask = 1 };

	while (uses.mask < sizeof(common_words) + 2 * n)
		uses.mask = 2 * uses.mask + 1;
	uses.items = items = calloc(uses.mask + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;

	add_common_words(&uses);
	for (size_t len = 1; len <= UINT8_MAX; len++)
		for (size_t i = 0; i < n; i++)
			if (literals[i].len == len)
				choose_window(&uses, literals[i], &ret[i]);
	return 0;
}
