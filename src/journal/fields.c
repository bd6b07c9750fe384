#include "config.h"

#include "journal/fields.h"

#include <string.h>
#include <systemd/sd-journal.h>

struct text fields_find(const char *name, void *journal)
{
	const void *data;
	size_t len, name_len = strlen(name) + 1;

	if (sd_journal_get_data(journal, name, &data, &len) < 0 || len < name_len)
		return text_of("");
	return text_make((const char *)data + name_len, len - name_len);
}

bool fields_are_drop_note(sd_journal *journal, struct text *ret_unit)
{
	if (!text_equal(fields_find("MESSAGE_ID", journal), text_of(FIELDS_DROPPED_MESSAGE_ID)) ||
		!text_equal(fields_find("_TRANSPORT", journal), text_of("driver")))
		return false;
	*ret_unit = fields_find("OBJECT_SYSTEMD_UNIT", journal);
	return true;
}
