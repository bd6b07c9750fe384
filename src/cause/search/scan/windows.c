/* Windows are chosen one after the other, those of short literals first: they have the least
 * choice. A window costs what the places cost that it makes the vector search propose. A place
 * where one of its bucket's other windows would do costs one lookup. A place where the window is
 * costs several comparisons. So literals share windows, and have similar ones. A window is full
 * with WINDOW_LITERALS_MAX literals, and takes more only where a literal has no other. */
#include "config.h"

#include "cause/search/scan/windows.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cause/search/scan/frequency.h"

enum {
	ROUNDS = 2,
	ROUNDS_LITERALS_MAX = 256, /* past them, choosing again takes too long */
};

/* A window that a literal has at some offset. */
struct use {
	uint32_t key;
	uint16_t n;  /* literals for which it is chosen */
	bool common; /* words have it */
	bool taken;  /* otherwise it is a free place in the table */
};

/* Windows by their keys: a hash table with open addresses. It has those of the literals only, which
 * are few: most tables are made for one profile, and the words have two thousand. */
struct uses {
	struct use *items;
	size_t mask;
};

/* Costs are in lookups at 1000 to the WINDOW_LEN places. Common words make places. The cost of a
 * full window is greater than any other. */
static const uint64_t COMPARISON_COST = 8;
static const uint64_t COMMON_COST = 1000000000;
static const uint64_t FULL_COST = UINT64_C(1) << 62;

/* Words of logs and of English. Their parts come far more often than their letters would by chance,
 * and so do their ends with a blank. */
static const char common_words[] =
	" _channel _code _id access account active address agent alert allow answer"
	" application audio auth because block bridge buffer byte cache call_id called caller"
	" callid calling cancel change channel channel_ check class client close code codec"
	" command complete config connect connection contact content context control count"
	" create current data debug default delete device dial direct disconnect domain drop"
	" duration enable encoding end ending enter error event event_type eventtype"
	" exception execute exit extension failed failure file filter find finish forward"
	" forwarding found from full group handle hang header host ignore incoming index info"
	" input interface internal invalid invite ip_ ipv4 join kernel left length level"
	" limit line link list load loading local login long manager max media memory message"
	" method missing mode module mount name network node notice number object offset open"
	" operation option order origin original outgoing packet param parse password path"
	" peer phone player policy port process profile proto protocol proxy query queue rate"
	" read reading reason receive record refused reject release remote remove reply"
	" report reporting request reset resource response result retry return ring ringing"
	" root route rule running schedule script send sending sent server service session"
	" session_ setup sip/ sip_ size skill socket source spawn start state status stop"
	" stream string success switch switch_channel switch_core sync system table talk"
	" target task thread time timeout timer token total trace transaction transport type"
	" udp unable unit unknown update uri use_ used user user_ using valid value variable"
	" verbose version wait warning with work write wrong ";

static struct use *find_use(struct uses *uses, uint32_t key)
{
	size_t at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32);
	struct use *use = &uses->items[at & uses->mask];

	while (use->taken && use->key != key)
		use = &uses->items[++at & uses->mask];
	return use;
}

static size_t window_len(struct text literal)
{
	return literal.len < WINDOW_LEN ? literal.len : WINDOW_LEN;
}

static void add_windows(struct uses *uses, struct text literal)
{
	const size_t len = window_len(literal);

	for (size_t offset = 0; offset + len <= literal.len; offset++) {
		struct text window = text_make(literal.data + offset, len);
		uint32_t key = window_key(window_read(window), len);
		struct use *use = find_use(uses, key);

		use->key = key;
		use->taken = true;
	}
}

static void mark_common_words(struct uses *uses)
{
	for (size_t i = 0; i + WINDOW_LEN < sizeof(common_words); i++) {
		struct text window = text_make(common_words + i, WINDOW_LEN);
		struct use *use = find_use(uses, window_key(window_read(window), WINDOW_LEN));

		if (use->taken && !memchr(window.data + 1, ' ', window.len - 2))
			use->common = true;
	}
}

/* Returns 0 or -ENOMEM. */
static int make_uses(struct uses *uses, const struct text *literals, size_t n)
{
	size_t n_windows = 0;

	for (size_t i = 0; i < n; i++)
		n_windows += literals[i].len - window_len(literals[i]) + 1;
	uses->mask = 1;
	while (uses->mask < 4 * n_windows)
		uses->mask = 2 * uses->mask + 1;
	uses->items = calloc(uses->mask + 1, sizeof(*uses->items));
	if (!uses->items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		add_windows(uses, literals[i]);
	mark_common_words(uses);
	return 0;
}

/* What the places cost where the window is, for one literal more. */
static uint64_t window_cost(struct text window, const struct use *use)
{
	uint64_t rate = 1; /* as if bytes came independently */

	if (use->n >= WINDOW_LITERALS_MAX)
		return FULL_COST + use->n;
	for (size_t i = 0; i < window.len; i++)
		rate *= byte_frequency((unsigned char)char_lower(window.data[i]));
	return COMPARISON_COST * rate + (use->common ? COMMON_COST : 0);
}

/* What is chosen for a literal. */
struct choice {
	struct text window;
	size_t offset, bucket;
	struct use *use;
	uint64_t cost;
};

struct chooser {
	const struct text *literals;
	size_t n;
	struct choice *choices; /* of the literals */
	struct uses uses;
	struct bucket_draft *draft;
};

static void choose(struct chooser *chooser, size_t index)
{
	struct text literal = chooser->literals[index];
	struct choice best = { .cost = UINT64_MAX };
	const size_t len = window_len(literal);

	for (size_t offset = 0; offset + len <= literal.len; offset++) {
		struct choice next = { .window = text_make(literal.data + offset, len) };

		next.offset = offset;
		next.use = find_use(&chooser->uses, window_key(window_read(next.window), len));
		next.cost = window_cost(next.window, next.use);
		if (next.cost >= best.cost)
			continue;
		next.cost += buckets_rise(chooser->draft, next.window, &next.bucket);
		if (next.cost < best.cost)
			best = next;
	}
	assert(best.use && best.use->taken);
	best.use->n++;
	chooser->choices[index] = best;
	buckets_add(chooser->draft, best.window, best.bucket);
}

/* Take the choice back: as if this literal came last. */
static void unchoose(struct chooser *chooser, size_t index)
{
	struct choice *choice = &chooser->choices[index];
	size_t bucket = choice->bucket;

	assert(choice->use->n > 0);
	choice->use->n--;
	choice->use = NULL;
	buckets_clear(chooser->draft, bucket);
	for (size_t i = 0; i < chooser->n; i++) {
		const struct choice *other = &chooser->choices[i];

		if (other->use && other->bucket == bucket)
			buckets_add(chooser->draft, other->window, bucket);
	}
}

/* Choose for all literals, those of a length together. The first literals did not know of the last
 * ones, so that choosing twice is better where they share buckets. */
static void choose_all(struct chooser *chooser)
{
	const bool again = chooser->n > N_BUCKETS && chooser->n <= ROUNDS_LITERALS_MAX;
	const int rounds = again ? ROUNDS : 1;

	for (int round = 0; round < rounds; round++)
		for (size_t len = 1; len <= UINT8_MAX; len++)
			for (size_t i = 0; i < chooser->n; i++) {
				if (chooser->literals[i].len != len)
					continue;
				if (round > 0)
					unchoose(chooser, i);
				choose(chooser, i);
			}
}

int windows_choose(
	const struct text *literals, size_t n, struct window *ret, struct bucket_draft *draft)
{
	CLEANUP(freep) struct choice *choices = NULL;
	struct chooser chooser = { .literals = literals, .n = n, .draft = draft };

	if (n == 0)
		return 0;
	chooser.choices = choices = calloc(n, sizeof(*choices));
	if (!choices || make_uses(&chooser.uses, literals, n) < 0)
		return -ENOMEM;

	choose_all(&chooser);
	free(chooser.uses.items);
	for (size_t i = 0; i < n; i++)
		ret[i] = (struct window){ (uint8_t)choices[i].offset,
			(uint8_t)choices[i].window.len };
	return 0;
}
