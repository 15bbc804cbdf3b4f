// SPDX-License-Identifier: GPL-2.0-only
// What is expected of programs of one's own: their output, and how they end.
#include "lab/front/expect_reader.h"
#include "lab/front/program.h"
#include "lab/front/units.h"

bool expect_of_cclient(struct reader *reader, const struct yaml *name, long endpoint)
{
	if (endpoint < 0)
		return false;
	if (!reader->scenario->endpoints[endpoint].program)
		return true;
	yaml_error(
		reader->front, name,
		"\"%s\" is a program of your own (run); only output, exit, packets and retransmissions "
		"can be expected of it",
		name->text);
	return false;
}

static bool read_program(struct reader *reader, const struct yaml *name)
{
	long index = program_get(reader->scenario, name);

	if (index < 0)
		return false;
	reader->endpoint = (size_t)index;
	expect_put(reader, "endpoint", json_integer(index));
	return true;
}

bool expect_read_output(struct reader *reader)
{
	static const int64_t at_least_one[2] = { 1, UNBOUNDED };
	static const char *const streams[] = { "stdout", "stderr" };
	struct yaml *output, *line, *stream, *from, *by, *count, *source;
	struct yaml_key keys[] = {
		{ "output", &output, true },  { "line", &line, true }, { "stream", &stream, false },
		{ "from", &from, false },     { "by", &by, false },    { "count", &count, false },
		{ "source", &source, false },
	};
	const char *expression;
	size_t index = 0;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of output", keys) ||
	    !read_program(reader, output))
		return false;
	expression = program_get_line(reader->front, line);
	if (!expression ||
	    (stream && !yaml_get_word(reader->front, stream, "a stream", streams, 2, &index)))
		return false;
	expect_put(reader, "pattern", json_string(expression));
	expect_put(reader, "stream", stream ? json_string(streams[index]) : json_null());
	return expect_read_window(reader, from, by) &&
	       expect_read_count(reader, count, at_least_one) &&
	       put_source(reader->front, source, reader->json);
}

bool expect_read_exit(struct reader *reader)
{
	struct yaml *name, *status, *signal, *from, *by, *source;
	struct yaml_key keys[] = {
		{ "exit", &name, true },      { "status", &status, false },
		{ "signal", &signal, false }, { "from", &from, false },
		{ "by", &by, false },	      { "source", &source, false },
	};
	int64_t number = 0;
	int killer = 0;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of an exit", keys) ||
	    !read_program(reader, name))
		return false;
	if (status && signal) {
		yaml_key_error(reader->front, signal,
			       "a process ends with a \"status\" or by a \"signal\", not both");
		return false;
	}
	if (status && !yaml_get_integer(reader->front, status, "a status", 0, 255, &number))
		return false;
	if (signal && !(killer = get_signal(reader->front, signal)))
		return false;
	expect_put(reader, "status", signal ? json_null() : json_integer(number));
	expect_put(reader, "signal", signal ? json_string(signal->text) : json_null());
	/* without a time the run goes on until it has ended */
	if (!by)
		reader->scenario->endpoints[reader->endpoint].program->awaited = true;
	return expect_read_window(reader, from, by) &&
	       put_source(reader->front, source, reader->json);
}
