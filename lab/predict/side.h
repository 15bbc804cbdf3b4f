// SPDX-License-Identifier: GPL-2.0-only
// One end of an association as far as its timers go: rebuilt from the packets that it sent and got. What Linux keeps in
// struct sctp_association and struct sctp_transport.
#ifndef LAB_PREDICT_SIDE_H
#define LAB_PREDICT_SIDE_H

#include "lab/predict/loss.h"
#include "lab/predict/parameters.h"
#include "lab/predict/predict.h"
#include "lab/predict/wheel.h"

enum path_state { PATH_ACTIVE, PATH_PF, PATH_INACTIVE, PATH_UNCONFIRMED };

/* Where an RTO comes from (RFC 9260 6.3.1). */
enum rto_from { RTO_INITIAL, RTO_MINIMUM, RTO_MEASURED, RTO_MAXIMUM };

struct rto {
	int64_t ns;
	enum rto_from from;
	int64_t base_ns; /* before it was doubled */
	unsigned int doublings;
	int64_t slack_ns; /* as RTTs are only known to a tick, this much more or less */
};

struct timer {
	bool armed;
	struct span start;
	struct rto rto;
	int64_t timeout_ns; /* the shortest */
	int64_t spread_ns;  /* and so much longer at random */
	const char *since;  /* what started it */
};

/* A HEARTBEAT that was sent. */
struct heartbeat {
	uint64_t stamp;
	struct span sent, predicted; /* predicted.lo is NS_NEVER when it was not */
	char *why;		     /* (owned) what it was predicted from; NULL */
};

#define HEARTBEATS_KEPT 8

struct path {
	struct in6_addr address;
	enum path_state state;
	struct path_parameters parameters;
	struct rto rto;
	bool measured; /* srtt and rttvar have a value */
	int64_t srtt_ticks, rttvar_ticks;
	struct span
		rtt; /* round trips that were not delayed by the receiver; lo is NS_NEVER without */
	bool rtt_pending;
	int64_t error_count;
	struct timer t3, heartbeat;
	struct heartbeat sent[HEARTBEATS_KEPT]; /* the last ones, by n_sent modulo their number */
	size_t n_sent;
	size_t link; /* by which the last packet to it left */
	size_t doubt; /* 1 + the row that says it is PF, which DATA sent there would belie; 0: none */
	struct span data_sent; /* last DATA to it */
	struct span flushed; /* last time at which DATA that waits may have counted as sent to it */
	int64_t put_off_ns;  /* until when these two may put the next HEARTBEAT off */
	bool heartbeat_pending; /* none was acknowledged since: hb_sent of Linux */
	unsigned int init_count;
	unsigned int expiries; /* of T3-rtx in a row */
	struct span
		candidate; /* DATA sent again that may be what its T3-rtx sent; lo is NS_NEVER without */
};

/* A DATA chunk that is not acknowledged for good. */
struct outstanding {
	uint32_t tsn;
	size_t path; /* to which it was last sent */
	struct span sent;
	bool queued; /* marked for retransmission, and not sent again yet */
	bool sent_again;
	bool acked;  /* by a gap ack block */
	bool timing; /* its SACK will measure the round trip */
};

struct side {
	size_t node;
	const json_t *endpoint; /* of the plan; NULL when it cannot be known which */
	const char *name;
	uint16_t port, peer_port;
	uint32_t tag;	   /* of packets to it */
	uint32_t peer_tag; /* of packets from it; 0 before INIT ACK */
	bool initiator, established, closed, lost_track, closing;
	struct parameters parameters;
	struct path *paths; /* (owned) */
	size_t n_paths;
	struct outstanding *data; /* (owned) in the order of first sending */
	size_t n_data, data_room;
	bool has_sent, has_acked;
	uint32_t highest_tsn, acked_tsn;
	uint32_t gap_tsn; /* the highest that the last gap ack block had */
	size_t rtx_path;  /* to which DATA was last sent again */
	int64_t overall_errors;
	int64_t rtt_width_ns; /* of the least exactly known time of sending */
	/* T1-init and T1-cookie; one of them at a time */
	struct timer t1;
	unsigned int t1_sent, t1_errors, t1_cycle;
	struct rto t1_rto;
	/* T2-shutdown */
	struct timer t2;
	size_t t2_path;
	int64_t arrival_ns; /* of the last packet for it, INT64_MIN before */
	int64_t sack_ns;    /* of the last one with a SACK */
	bool arrival_has_gaps;
};

#define SIDES_MAX 512

/* What all parts of the replay share. */
struct replay {
	const json_t *plan, *events;
	const struct packets *packets;
	struct predictions *out;
	int64_t tick_ns;
	int64_t booted_ns; /* scenario time at which the kernel began to count ticks; NS_NEVER: not known */
	struct outages *outages;
	struct side **sides; /* (owned) at most SIDES_MAX */
	size_t n_sides;
	bool full;
};

/* side.c */
struct side *side_new(struct replay *replay, const struct packet *packet, bool sent, uint32_t tag);
void side_free(struct side *side);
/* The one that sent the packet, or that it is for; NULL when none is known. */
struct side *find_sender(const struct replay *replay, const struct packet *packet);
struct side *find_receiver(const struct replay *replay, const struct packet *packet);
/* The path to that address, made when it is new. */
size_t side_path(const struct replay *replay, struct side *side, const struct in6_addr *address);
void side_set_option(struct side *side, const json_t *call);
/* "server.a", for text; in buf or as the plan has it. (owned) */
char *path_name(const struct replay *replay, const struct path *path);

/* timers.c: arithmetic of RFC 9260 6.3 as Linux does it */
void timer_start(struct timer *timer, struct span start, const struct rto *rto, const char *since);
struct span timer_expiry(const struct replay *replay, const struct timer *timer);
void rto_initial(const struct parameters *parameters, struct rto *rto);
void rto_double(const struct parameters *parameters, struct rto *rto);
void rto_measure(const struct replay *replay, struct side *side, struct path *path,
		 struct span sent, int64_t answered_ns);
/* A round trip that the receiver did not delay; and how long one takes that begins then. */
void note_rtt(const struct replay *replay, struct path *path, struct span sent,
	      int64_t answered_ns);
struct span round_trip(const struct replay *replay, const struct path *path, int64_t at_ns);
/* "RTO.Min x 2^1 = 2 s". (owned) */
char *describe_rto(const struct rto *rto);
/* What Linux's RTO.Initial would be by the RFC; NULL where it was set. (owned) */
char *describe_initial(const struct parameters *parameters);
/* " after 6.01 s, when the last SACK came". (owned) */
char *describe_start(const struct timer *timer);

/* rows.c: takes what, formula and difference over; measured from NS_NEVER on means never */
void add_row(struct replay *replay, const struct side *side, enum prediction_kind kind, char *what,
	     struct span predicted, struct span measured, char *formula, const char *source,
	     char *difference);
/* True when the measured time lies within the predicted ones, give or take a tick. */
bool spans_agree(const struct replay *replay, struct span predicted, struct span measured);

/* told.c: what an endpoint was told of a path or of the association, in its events */
bool told_of_path(const struct replay *replay, const struct side *side, const struct path *path,
		  enum path_state state, struct span about, struct span *when);
/* True when the endpoint asked to be told of changes of its paths' states. */
bool hears_of_paths(const struct replay *replay, const struct side *side);

/* handshake.c */
void init_sent(struct replay *replay, struct side *side, size_t path, struct span sent);
void init_ack_arrived(struct side *side, uint32_t peer_tag);
void cookie_echo_sent(struct replay *replay, struct side *side, size_t path, struct span sent);
void start_failed(struct replay *replay, struct side *side, int64_t at_ns, bool timed_out);
void shutdown_sent(struct replay *replay, struct side *side, size_t path, struct span sent,
		   const char *chunk);

/* data.c */
void data_sent(struct replay *replay, struct side *side, const struct packet *packet, size_t path,
	       struct span sent);
void sack_arrived(struct replay *replay, struct side *side, const struct packet *packet,
		  const struct chunk *chunk);
/* True when a T3-rtx of the side may expire then. */
bool may_expire(const struct replay *replay, const struct side *side, struct span when);
/*
 * The endpoint's program sends, or something else makes Linux look through what is to be sent: while DATA waits to be sent again, that
 * counts as if it had been (net/sctp/outqueue.c sctp_outq_flush_rtx()).
 */
void queue_flushed(struct replay *replay, struct side *side, struct span when);
/* Timers that should have expired before that time and did not. */
void check_timers(struct replay *replay, struct side *side, int64_t now_ns);

/* failure.c: heartbeats, error counters and the states of paths */
void path_strike(struct replay *replay, struct side *side, struct path *path, bool heartbeat,
		 const struct timer *timer, struct span measured);
void path_confirm(struct path *path);
/* DATA to the path, or what counts as such, puts its next HEARTBEAT off: until when at most is noted. */
void heartbeat_put_off(const struct replay *replay, struct path *path, struct span sent);
void heartbeat_start(struct path *path, struct span start, const char *since);
void heartbeat_sent(struct replay *replay, struct side *side, size_t path, struct span sent,
		    uint64_t stamp);
void heartbeat_ack_arrived(struct replay *replay, struct side *side, size_t path, int64_t at_ns,
			   uint64_t stamp);
/* True when new DATA has an ACTIVE path besides this one. */
bool has_other_active(const struct side *side, const struct path *path);
void association_lost(struct replay *replay, struct side *side, int64_t at_ns);

#endif
