/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the commands of a shell in the laboratory find the agent: both are processes of the guest. */
#ifndef LAB_COMMON_BY_HAND_H
#define LAB_COMMON_BY_HAND_H

/* A folder of the guest alone; the commands are links in it to the program that the plan names. */
#define BY_HAND_FOLDER "/dev/pathlab"
#define BY_HAND_SOCKET BY_HAND_FOLDER "/socket"
#define BY_HAND_COMMANDS                                              \
	{                                                             \
		"fault", "heal", "faults", "nodes", "node", "advance" \
	}

/*
 * A request is one message of a SOCK_SEQPACKET socket, and so is its answer; both are JSON objects:
 * {"ask": "session"}: what was typed, and what holds
 * {"typed": [WORD...], "steps": [STEP...]}: steps in the form of the plan, to be carried out now
 * {"advance_ns": N}: time, which stands still, is to go on for so long
 */
#define BY_HAND_MESSAGE_MAX 262144

#endif
