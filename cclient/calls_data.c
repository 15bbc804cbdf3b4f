// SPDX-License-Identifier: GPL-2.0-only
// Commands that send and receive.
#include "command.h"
#include "loop.h"
#include "message.h"
#include "output.h"
#include "traffic.h"

#include <endian.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// What send and sendmsg have in common.
struct send_request {
	struct outgoing outgoing;
	const char *text; // the data, or NULL for `size` bytes of 0
	size_t size;
	int32_t assoc_id;
	bool has_assoc;
	int flags; // of sendmsg(2)
};

static bool parse_destination(struct command *command, struct address *to)
{
	const char *text = command_key(command, "to");
	char shown[ADDRESS_TEXT];

	to->length = 0;
	if (!text)
		return true;
	if (!parse_address(text, 0, to, &command->error))
		return false;
	address_format(&to->any, shown);
	command_arg(command, "to", json_string(to->pointer == &to->any ? shown : text));
	return true;
}

// stream, ppid, context, assoc.
static bool parse_info(struct command *command, struct sctp_sndinfo *info, int32_t *assoc_id,
		       bool *has_assoc)
{
	const char *assoc = command_key(command, "assoc");
	int64_t stream = 0, ppid = 0, context = 0;

	if (!command_number(command, "stream", 0, UINT16_MAX, &stream) ||
	    !command_number(command, "ppid", 0, UINT32_MAX, &ppid) ||
	    !command_number(command, "context", 0, UINT32_MAX, &context) ||
	    (assoc && !command_assoc(command, assoc, assoc_id)))
		return false;
	*has_assoc = assoc != NULL;
	info->snd_sid = (uint16_t)stream;
	info->snd_ppid = htobe32((uint32_t)ppid);
	info->snd_context = (uint32_t)context;
	return true;
}

static void parse_flags(struct command *command, struct send_request *request)
{
	static const struct {
		const char *word;
		uint16_t flag;
	} words[] = {
		{ "unordered", SCTP_UNORDERED }, { "sack-immediately", SCTP_SACK_IMMEDIATELY },
		{ "sendall", SCTP_SENDALL },	 { "eof", SCTP_EOF },
		{ "abort", SCTP_ABORT },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (command_flag(command, words[i].word)) {
			request->outgoing.info.snd_flags |= words[i].flag;
			command_arg(command, words[i].word, json_true());
		}
	}
	// RFC 6458 5.3.4 and 4.1.8: without it a destination on an association that exists is only
	// a hint.
	if (request->outgoing.to.length > 0)
		request->outgoing.info.snd_flags |= SCTP_ADDR_OVER;
	if (command_flag(command, "dontwait")) {
		request->flags |= MSG_DONTWAIT;
		command_arg(command, "dontwait", json_true());
	}
}

// lifetime, rtx, prio: at most one; and key.
static bool parse_policy(struct command *command, struct outgoing *outgoing)
{
	int64_t lifetime_ns = -1, rtx = -1, prio = -1, key = -1;

	if (!command_time(command, "lifetime", &lifetime_ns) ||
	    !command_number(command, "rtx", 0, UINT32_MAX, &rtx) ||
	    !command_number(command, "prio", 0, UINT32_MAX, &prio) ||
	    !command_number(command, "key", 0, UINT16_MAX, &key))
		return false;
	if ((lifetime_ns >= 0) + (rtx >= 0) + (prio >= 0) > 1)
		return command_fail(command, "lifetime=, rtx= and prio= exclude each other");
	if (lifetime_ns / 1000000 > UINT32_MAX)
		return command_fail(
			command,
			"lifetime= is counted in 32 bits of milliseconds: at most 49 days");
	outgoing->has_policy = lifetime_ns >= 0 || rtx >= 0 || prio >= 0;
	outgoing->policy.pr_policy = lifetime_ns >= 0 ? SCTP_PR_SCTP_TTL :
				     rtx >= 0	      ? SCTP_PR_SCTP_RTX :
							SCTP_PR_SCTP_PRIO;
	outgoing->policy.pr_value = (uint32_t)(lifetime_ns >= 0 ? lifetime_ns / 1000000 :
					       rtx >= 0		? rtx :
								  prio);
	outgoing->has_auth = key >= 0;
	outgoing->auth.auth_keynumber = (uint16_t)key;
	return true;
}

static bool parse_send(struct command *command, struct send_request *request)
{
	memset(request, 0, sizeof(*request));
	request->text = command_key(command, "text");
	if (request->text && command_key(command, "size"))
		return command_fail(command, "size= and text= exclude each other");
	if (!command_size(command, "size", RECEIVE_MAX, &request->size))
		return false;
	if (request->text) {
		request->size = strlen(request->text);
		command_arg(command, "text", output_string(request->text));
	}
	if (!parse_destination(command, &request->outgoing.to) ||
	    !parse_info(command, &request->outgoing.info, &request->assoc_id,
			&request->has_assoc) ||
	    !parse_policy(command, &request->outgoing))
		return false;
	parse_flags(command, request);
	if (!request->text && !command_key(command, "size") &&
	    !(request->outgoing.info.snd_flags & (SCTP_EOF | SCTP_ABORT)))
		return command_fail(command, "%s needs size= or text=; usage: %s %s",
				    command->spec->name, command->spec->name, command->spec->usage);
	return true;
}

// The data of the request, of which *owned is to be freed. NULL when memory is out.
static const void *send_bytes(const struct send_request *request, void **owned)
{
	*owned = NULL;
	if (request->text)
		return request->text;
	*owned = calloc(1, request->size + 1);
	return *owned;
}

static void send_resolve(const struct session *session, const struct command *command,
			 struct send_request *request)
{
	if (request->has_assoc)
		request->outgoing.info.snd_assoc_id =
			assoc_resolve(session, command->fd, request->assoc_id);
}

// Partial reliability and keys need sctp_sendv(), and so do sendmsg(2)'s flags with an address.
static ssize_t send_with_sendv(int fd, struct send_request *request, const void *bytes)
{
	struct outgoing *outgoing = &request->outgoing;
	struct iovec data = { .iov_base = (void *)bytes, .iov_len = request->size };
	struct sctp_sendv_spa spa = {
		.sendv_flags = SCTP_SEND_SNDINFO_VALID |
			       (outgoing->has_policy ? SCTP_SEND_PRINFO_VALID : 0u) |
			       (outgoing->has_auth ? SCTP_SEND_AUTHINFO_VALID : 0u),
		.sendv_sndinfo = outgoing->info,
		.sendv_prinfo = outgoing->policy,
		.sendv_authinfo = outgoing->auth,
	};

	return sctp_sendv(fd, &data, 1,
			  outgoing->to.length ? (struct sockaddr *)outgoing->to.pointer : NULL,
			  outgoing->to.length ? 1 : 0, &spa, sizeof(spa), SCTP_SENDV_SPA,
			  request->flags);
}

bool run_send(struct session *session, struct command *command)
{
	struct send_request request;
	struct outgoing *outgoing = &request.outgoing;
	const char *function;
	const void *bytes;
	void *owned;
	ssize_t ret;

	if (!parse_send(command, &request))
		return false;
	if (outgoing->to.length && outgoing->to.pointer != &outgoing->to.any)
		return command_fail(command,
				    "libsctp itself reads the address: use sendmsg with to=%s",
				    command_key(command, "to"));
	bytes = send_bytes(&request, &owned);
	if (!bytes)
		return command_fail(command, "no memory for %zu bytes", request.size);
	send_resolve(session, command, &request);

	answer_begin(session, &command->answer);
	if (outgoing->has_policy || outgoing->has_auth || (outgoing->to.length && request.flags)) {
		function = "sctp_sendv";
		ret = send_with_sendv(command->fd, &request, bytes);
	} else if (outgoing->to.length) {
		function = "sctp_sendmsg";
		ret = sctp_sendmsg(command->fd, bytes, request.size,
				   (struct sockaddr *)outgoing->to.pointer, outgoing->to.length,
				   outgoing->info.snd_ppid, outgoing->info.snd_flags,
				   outgoing->info.snd_sid, 0, outgoing->info.snd_context);
	} else {
		const struct sctp_sndrcvinfo info = {
			.sinfo_stream = outgoing->info.snd_sid,
			.sinfo_flags = outgoing->info.snd_flags,
			.sinfo_ppid = outgoing->info.snd_ppid,
			.sinfo_context = outgoing->info.snd_context,
			.sinfo_assoc_id = outgoing->info.snd_assoc_id,
		};

		function = "sctp_send";
		ret = sctp_send(command->fd, bytes, request.size, &info, request.flags);
	}
	answer_end(session, &command->answer, ret);
	free(owned);
	answer_set(&command->answer, "function", json_string_nocheck(function));
	return true;
}

bool run_sendmsg(struct session *session, struct command *command)
{
	struct send_request request;
	const void *bytes;
	void *owned;

	if (!parse_send(command, &request))
		return false;
	bytes = send_bytes(&request, &owned);
	if (!bytes)
		return command_fail(command, "no memory for %zu bytes", request.size);
	send_resolve(session, command, &request);
	outgoing_prepare(&request.outgoing, (void *)bytes, request.size);

	answer_begin(session, &command->answer);
	answer_end(session, &command->answer,
		   sendmsg(command->fd, &request.outgoing.header, request.flags | MSG_NOSIGNAL));
	free(owned);
	return true;
}

bool run_recvmsg(struct session *session, struct command *command)
{
	bool dontwait = command_flag(command, "dontwait");
	struct received received;
	size_t max = RECEIVE_MAX;
	json_t *object;
	ssize_t ret;

	if (!command_size(command, "max", RECEIVE_MAX, &max))
		return false;
	if (dontwait)
		command_arg(command, "dontwait", json_true());
	if (command->entry)
		socket_want_info(session, command->entry);
	answer_begin(session, &command->answer);
	ret = message_receive(session, command->fd, max, dontwait ? MSG_DONTWAIT : 0, &received);
	answer_end(session, &command->answer, ret);
	if (ret > 0) {
		object = json_object();
		message_json(object, &received);
		answer_set(&command->answer,
			   received.flags & MSG_NOTIFICATION ? "notification" : "message", object);
	}
	return true;
}

// count=, or for= divided by every=; without an interval for= is a time at which it ends.
static bool parse_count(struct command *command, struct traffic_plan *plan, int64_t *for_ns)
{
	int64_t count = -1;

	if (!command_number(command, "count", 1, INT64_MAX, &count) ||
	    !command_time(command, "for", for_ns))
		return false;
	if ((count >= 0) == (*for_ns >= 0))
		return command_fail(command,
				    "traffic needs count= or for=, and not both; usage: traffic %s",
				    command->spec->usage);
	if (count < 0 && plan->every_ns == 0) {
		plan->count = UINT64_MAX;
		return true;
	}
	if (count < 0)
		count = *for_ns / plan->every_ns + (*for_ns % plan->every_ns != 0);
	*for_ns = -1;
	// Far below the end of the clock, so that no time of sending overflows.
	if (plan->every_ns > 0 && count > INT64_MAX / 4 / plan->every_ns)
		return command_fail(command, "traffic would take more than 73 years");
	plan->count = (uint64_t)count;
	return true;
}

// flow=, streams=, unordered.
static bool parse_flow(struct command *command, struct traffic_plan *plan)
{
	int64_t flow = 0, streams = 1;

	if (!command_number(command, "flow", 0, TRAFFIC_FLOW_MAX, &flow) ||
	    !command_number(command, "streams", 1, UINT16_MAX, &streams))
		return false;
	if (plan->outgoing.info.snd_sid + streams - 1 > UINT16_MAX)
		return command_fail(
			command, "streams=%lld from stream %u on: the last one there can be is %d",
			(long long)streams, plan->outgoing.info.snd_sid, UINT16_MAX);
	plan->flow = (uint16_t)flow;
	plan->streams = (unsigned)streams;
	if (command_flag(command, "unordered")) {
		plan->outgoing.info.snd_flags |= SCTP_UNORDERED;
		command_arg(command, "unordered", json_true());
	}
	return true;
}

static bool parse_pace(struct command *command, struct traffic_plan *plan)
{
	if (!command_key(command, "size") || !command_key(command, "every"))
		return command_fail(command, "traffic needs size= and every=; usage: traffic %s",
				    command->spec->usage);
	if (!command_size(command, "size", RECEIVE_MAX, &plan->size))
		return false;
	if (plan->size < TRAFFIC_MARK)
		return command_fail(command,
				    "size=%s is too small; expected at least %dB for the mark",
				    command_key(command, "size"), TRAFFIC_MARK);
	return command_time(command, "every", &plan->every_ns);
}

bool run_traffic(struct session *session, struct command *command)
{
	struct traffic_plan plan = { .tag = command->answer.tag, .end_ns = INT64_MAX };
	struct outgoing *outgoing = &plan.outgoing;
	int32_t assoc_id = 0;
	int64_t for_ns = -1;
	bool has_assoc;

	if (!parse_pace(command, &plan) || !parse_count(command, &plan, &for_ns) ||
	    !parse_destination(command, &outgoing->to) ||
	    !parse_info(command, &outgoing->info, &assoc_id, &has_assoc) ||
	    !parse_policy(command, outgoing) || !parse_flow(command, &plan))
		return false;
	if (outgoing->to.length && outgoing->to.pointer != &outgoing->to.any)
		return command_fail(command, "traffic needs a real address in to=");
	if (outgoing->to.length)
		outgoing->info.snd_flags |= SCTP_ADDR_OVER;
	if (has_assoc)
		outgoing->info.snd_assoc_id = assoc_resolve(session, command->fd, assoc_id);

	answer_begin(session, &command->answer);
	// No call is made yet: whether there is a descriptor at all is asked of the kernel.
	answer_end(session, &command->answer, fcntl(command->fd, F_GETFD) < 0 ? -1 : 0);
	if (command->answer.ret != 0)
		return true;
	plan.start_ns = command->answer.start_ns + session->options.epoch_ns;
	if (for_ns >= 0 && __builtin_add_overflow(plan.start_ns, for_ns, &plan.end_ns))
		plan.end_ns = INT64_MAX;
	if (!traffic_start(session, command->entry, &plan))
		return command_fail(command, "no memory for messages of %zu bytes", plan.size);
	answer_set(&command->answer, "messages",
		   plan.count == UINT64_MAX ? NULL : json_integer((json_int_t)plan.count));
	return true;
}
