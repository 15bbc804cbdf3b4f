// SPDX-License-Identifier: GPL-2.0-only
// Text of unknown origin made harmless for a terminal or for XML, and strings put together.
#define _GNU_SOURCE 1
#include "lab/common/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Length of the UTF-8 sequence at text (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF)
 * and its code point; 0 when there is none.
 */
static size_t decode_utf8(const unsigned char *text, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length;

	if (text[0] < 0x80) {
		*code = text[0];
		return 1;
	}
	length = text[0] >= 0xf8 ? 0 :
		 text[0] >= 0xf0 ? 4 :
		 text[0] >= 0xe0 ? 3 :
		 text[0] >= 0xc0 ? 2 :
				   0;
	if (length == 0)
		return 0;
	*code = text[0] & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	if (*code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return length;
}

/*
 * Characters a terminal obeys instead of showing: C0, DEL, C1, and those that turn the direction of
 * the text around (Unicode Bidi_Control), with which a line can be made to read otherwise. And code
 * points that are no characters (Unicode 23.7), which YAML's readers refuse.
 */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || (code & 0xfffe) == 0xfffe ||
	       (code >= 0xfdd0 && code <= 0xfdef);
}

void text_put(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	uint32_t code;

	while (*at) {
		size_t length = decode_utf8(at, &code);

		if (length && !is_control(code)) {
			fwrite(at, 1, length, out);
		} else if (*at == '\n') {
			fputs("\\n", out);
		} else {
			for (size_t i = 0; i < (length ? length : 1); i++)
				fprintf(out, "\\x%02x", at[i]);
		}
		at += length ? length : 1;
	}
}

size_t text_width(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t width = 0;
	uint32_t code;

	while (*at) {
		size_t length = decode_utf8(at, &code);

		if (length && !is_control(code))
			width++;
		else
			width += *at == '\n' ? 2 : 4 * (length ? length : 1);
		at += length ? length : 1;
	}
	return width;
}

void text_put_wrapped(FILE *out, const char *text, size_t used, size_t indent, size_t width)
{
	bool first = true;

	for (text += strspn(text, " \t\r\n"); *text; text += strspn(text, " \t\r\n")) {
		size_t length = strcspn(text, " \t\r\n");
		char *word = text_format("%.*s", (int)length, text);
		size_t columns = text_width(word);

		if (!first && used + 1 + columns > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			used = indent;
		} else if (!first) {
			fputc(' ', out);
			used++;
		}
		text_put(out, word);
		used += columns;
		first = false;
		text += length;
		free(word);
	}
}

/* XML 1.0, production [2] Char. */
static bool is_xml_char(uint32_t code)
{
	return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xd7ff) ||
	       (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}

void text_put_xml(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	uint32_t code;

	while (*at) {
		size_t length = decode_utf8(at, &code);

		if (length == 0 || !is_xml_char(code))
			fputs("\xef\xbf\xbd", out);
		else if (code == '<')
			fputs("&lt;", out);
		else if (code == '>')
			fputs("&gt;", out);
		else if (code == '&')
			fputs("&amp;", out);
		else if (code == '"')
			fputs("&quot;", out);
		else if (code == '\t' || code == '\n' || code == '\r')
			fprintf(out, "&#%u;", (unsigned int)code);
		else
			fwrite(at, 1, length, out);
		at += length ? length : 1;
	}
}

char *text_format(const char *format, ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0) {
		fputs("pathlab: out of memory\n", stderr);
		abort();
	}
	va_end(args);
	return text;
}

char *text_quote_word(const char *text)
{
	char *quoted, *at;

	if (text[strspn(
		    text,
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_=.,:/+-@")] ==
	    '\0')
		return text_format("%s", text);
	/* a quote becomes four characters */
	at = quoted = malloc(4 * strlen(text) + 3);
	if (!quoted)
		abort();
	*at++ = '\'';
	for (; *text; text++) {
		if (*text == '\'')
			at = stpcpy(at, "'\\''");
		else
			*at++ = *text;
	}
	*at++ = '\'';
	*at = '\0';
	return quoted;
}
