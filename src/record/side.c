#include "config.h"

#include "record/side.h"

#include <stddef.h>

const char *side_of(struct text category)
{
	static const struct {
		const char *category, *side;
	} sides[] = {
		{ "normal", "normal" },
		{ "party-action", "party" },
		{ "not-reached", "party" },
		{ "capacity", "ours" },
		{ "configuration", "ours" },
		{ "routing", "ours" },
		{ "module-failure", "ours" },
		{ "timeout", "ours" },
		{ "protocol", "ours" },
		{ "security", "ours" },
	};

	for (size_t i = 0; category.len > 0 && i < sizeof(sides) / sizeof(sides[0]); i++)
		if (sides[i].category[0] == category.data[0] &&
			text_equal(category, text_of(sides[i].category)))
			return sides[i].side;
	return "unknown";
}
