/* Bounded text: a pointer and a length, with or without a terminator. Bytes from outside may hold
 * NUL and invalid UTF-8. Letters are ASCII letters, whatever the locale. */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	const char *data;
	size_t len;
};

/* Arguments for "%.*s". */
#define TEXT_FORMAT(t) (int)(t).len, (t).data

static inline struct text text_make(const char *data, size_t len)
{
	return (struct text){ .data = data, .len = len };
}

/* The text of a C string; NULL gives the empty text. */
static inline struct text text_of(const char *string)
{
	return (struct text){ .data = string ? string : "", .len = string ? strlen(string) : 0 };
}

static inline char char_lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	return c;
}

static inline bool char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool char_is_hex_digit(char c)
{
	return char_is_digit(c) || (char_lower(c) >= 'a' && char_lower(c) <= 'f');
}

/* A byte of UTF-8 that continues a character. */
static inline bool char_continues(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

static inline bool char_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A letter, a digit or `_`: what continues a word in field names. */
static inline bool char_is_word(char c)
{
	return char_is_digit(c) || c == '_' || (char_lower(c) >= 'a' && char_lower(c) <= 'z');
}

/* Leave out the first `n` bytes, which must be there. An empty text may have no data. */
static inline void text_skip(struct text *t, size_t n)
{
	if (n == 0)
		return;
	t->data += n;
	t->len -= n;
}

/* Skip the byte `c` if the text begins with it; returns whether it did. */
static inline bool text_take_char(struct text *t, char c)
{
	if (t->len == 0 || t->data[0] != c)
		return false;
	text_skip(t, 1);
	return true;
}

static inline bool text_equal(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool text_starts(struct text t, struct text prefix)
{
	return t.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(t.data, prefix.data, prefix.len) == 0);
}

static inline bool text_ends(struct text t, struct text suffix)
{
	return t.len >= suffix.len && (suffix.len == 0 || memcmp(t.data + (t.len - suffix.len),
								  suffix.data, suffix.len) == 0);
}

/* The beginning of `t` of at most `len` bytes that does not end inside a character of UTF-8. */
struct text text_cut(struct text t, size_t len);

/* How many backslashes end before the offset `end`, not counting those before `start`. */
size_t text_count_backslashes(struct text t, size_t start, size_t end);

/* Order of two texts by their bytes: negative, 0, positive. */
int text_compare(struct text a, struct text b);

/* FNV-1a, 64 bits, over more bytes; begin with TEXT_HASH_START. It distinguishes texts that were
 * not made to collide, and protects nothing. */
#define TEXT_HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t text_hash_byte(uint64_t hash, char c)
{
	return (hash ^ (unsigned char)c) * UINT64_C(0x100000001b3);
}

static inline uint64_t text_hash(uint64_t hash, struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		hash = text_hash_byte(hash, t.data[i]);
	return hash;
}

/* Order of two texts with ASCII letter case ignored: negative, 0, positive. */
int text_compare_nocase(struct text a, struct text b);

bool text_equal_nocase(struct text a, struct text b);

/* The part of `t` without blanks at both ends. */
struct text text_trim(struct text t);

/* Whether `needle` occurs in `t`, ASCII letter case ignored. */
bool text_contains_nocase(struct text t, struct text needle);

/* Read an unsigned number written in `base` (10 or 16) that fills `t` to its last byte.
 * No sign, no blanks, no prefix. Returns 0; -EINVAL where `t` is no such number; -ERANGE where it
 * is greater than `max`. */
int text_parse_number(struct text t, unsigned base, uint64_t max, uint64_t *ret);

/* Write a number in decimal, or in hexadecimal, without NUL; returns how many bytes it has. printf
 * takes ten times as long. */
enum { TEXT_NUMBER_MAX = 20 };
size_t text_print_number(uint64_t number, char *ret);
size_t text_print_hex(uint64_t number, char *ret);

/* Four bytes, or eight, as a number: the first one is the lowest. */
static inline uint32_t text_load_32(const char *data)
{
	uint32_t word;

	memcpy(&word, data, sizeof(word));
	return le32toh(word);
}

static inline uint64_t text_load_64(const char *data)
{
	uint64_t word;

	memcpy(&word, data, sizeof(word));
	return le64toh(word);
}

/* Bytes at the front of `t` that are printable ASCII, but not `"`, `\` or `also`: what a quoted
 * string has as it is. */
size_t text_plain_len(struct text t, char also);

/* Bytes at the front of `t` that are not ASCII. */
static inline size_t text_high_len(struct text t)
{
	size_t n = 0;

	while (n < t.len && (unsigned char)t.data[n] >= 0x80)
		n++;
	return n;
}

/* Bytes of the well-formed character of UTF-8 that `t` begins with; 0 where there is none. */
size_t text_character_len(struct text t);

/* Whether `t` is well-formed UTF-8 (RFC 3629: shortest form, no surrogates, to U+10FFFF). */
bool text_is_utf8(struct text t);

/* Overwrite what is not well-formed UTF-8 with `?`. */
void text_mask_damage(char *data, size_t len);

/* Whether text_mask_controls would change it. */
bool text_has_controls(struct text t);

/* Overwrite what could control a terminal with `?`: ASCII control characters, and those that UTF-8
 * writes as two bytes, U+0080..U+009F. */
void text_mask_controls(char *data, size_t len);

/* The first character of `t` that reorders text on a terminal, or ends its line there; 0 where
 * there is none. These are U+061C, U+200E, U+200F, U+2028..U+202E and U+2066..U+2069: Unicode's
 * marks and embeddings of direction, and its line and paragraph separators. */
uint32_t text_find_reordering(struct text t);

/* As text_mask_controls, and overwrite what text_find_reordering finds. */
void text_mask_for_terminal(char *data, size_t len);

/* Number of single-byte edits (change, insert, drop) from `a` to `b`, letter case ignored.
 * Texts longer than TEXT_DISTANCE_LEN_MAX are infinitely far: SIZE_MAX. */
enum { TEXT_DISTANCE_LEN_MAX = 64 };
size_t text_distance(struct text a, struct text b);
