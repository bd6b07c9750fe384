/* A text that a pattern requires is common when nothing is left of it but one word that logs of all
 * kinds have, or no letter and no digit at all. */
#include "config.h"

#include "cause/proof/advice.h"

#include "base/diag.h"
#include "cause/profile.h"

/* Words of servers, kernels, cron, mail and Java programs, in small letters. */
static const char *const common_words[] = { "access", "action", "address", "alert", "and", "call",
	"calls", "cause", "channel", "client", "closed", "code", "codes", "connected", "connection",
	"crit", "critical", "data", "date", "debug", "disconnect", "disconnected", "emerg", "end",
	"ended", "err", "errno", "error", "error code", "errorcode", "errors", "event", "exception",
	"exit", "exit code", "fail", "failed", "failed with", "failure", "false", "fatal", "for",
	"from", "get", "got", "host", "http", "http/1.0", "http/1.1", "http/2.0", "https", "info",
	"information", "invalid", "level", "line", "log", "message", "msg", "name", "none", "not",
	"notice", "null", "number", "pid", "port", "post", "process", "put", "reason", "received",
	"request", "response", "result", "result code", "ret", "return", "return code", "returned",
	"sent", "server", "service", "session", "severe", "start", "started", "state", "status",
	"status code", "statuscode", "stop", "stopped", "success", "task", "terminated", "the",
	"thread", "time", "timeout", "timestamp", "to", "trace", "true", "type", "uid", "unknown",
	"user", "username", "value", "verbose", "warn", "warning", "warnings", "with" };

/* The text without blanks and punctuation at both ends. */
static struct text strip(struct text t)
{
	while (t.len > 0 && !char_is_word(t.data[0]) && (unsigned char)t.data[0] < 0x80)
		text_skip(&t, 1);
	while (t.len > 0 && !char_is_word(t.data[t.len - 1]) &&
		(unsigned char)t.data[t.len - 1] < 0x80)
		t.len--;
	return t;
}

static bool is_common(struct text requires)
{
	struct text word = strip(requires);

	for (size_t i = 0; i < sizeof(common_words) / sizeof(common_words[0]); i++)
		if (text_equal_nocase(word, text_of(common_words[i])))
			return true;
	return word.len == 0;
}

static void advise_requires(struct diag *diag, struct place place, struct text requires)
{
	/* A shorter one is an error of its own. */
	if (requires.len >= PROFILE_REQUIRES_MIN && is_common(requires))
		diag_advise(diag, place,
			"requires: '%.*s' is in lines of many programs; require a text that only "
			"this platform writes, or write 'default: no'",
			TEXT_FORMAT(requires));
}

static void advise_key(struct diag *diag, const struct profile_key *key)
{
	if (is_common(key->name))
		diag_advise(diag, key->place,
			"key '%.*s' is in lines of many programs; read it with a pattern that "
			"requires a text that only this platform writes, or write 'default: no'",
			TEXT_FORMAT(key->name));
}

/* What lets a default profile take lines of others. */
static void advise_claims(const struct profile *profile, struct diag *diag)
{
	for (size_t i = 0; i < profile->n_keys; i++)
		advise_key(diag, &profile->keys[i]);
	for (size_t i = 0; i < profile->n_patterns; i++)
		advise_requires(diag, profile->patterns[i].place, profile->patterns[i].requires);
	for (size_t i = 0; i < profile->n_columns; i++)
		if (profile->columns[i].column.number > 0)
			advise_requires(
				diag, profile->columns[i].place, profile->columns[i].requires);
}

static void advise_examples(const struct profile *profile, struct diag *diag)
{
	size_t n_good = 0;

	for (size_t i = 0; i < profile->n_examples; i++)
		n_good += profile->examples[i].causes.n > 0;
	if (n_good == 0)
		diag_advise(diag, profile->place,
			"there is no example of a line with a cause: nothing shows that the "
			"profile finds any");
	if (n_good == profile->n_examples)
		diag_advise(diag, profile->place,
			"there is no example with 'causes: []': nothing shows what the profile "
			"leaves alone");
}

static bool has_fact(const struct profile_example *example, struct text name)
{
	for (size_t i = 0; i < example->n_facts; i++)
		if (text_equal(example->facts[i].name, name))
			return true;
	return false;
}

static void advise_context(
	const struct profile *profile, const struct context_name *context, struct diag *diag)
{
	for (size_t i = 0; i < profile->n_examples; i++)
		if (has_fact(&profile->examples[i], context->name))
			return;
	diag_advise(diag, context->place, "no example shows the context '%.*s'",
		TEXT_FORMAT(context->name));
}

void profile_advise(const struct profile *profile, struct diag *diag)
{
	if (!diag->advises)
		return;
	if (!profile->named_only)
		advise_claims(profile, diag);
	advise_examples(profile, diag);
	for (size_t i = 0; i < profile->n_contexts; i++)
		advise_context(profile, &profile->contexts[i], diag);
}
