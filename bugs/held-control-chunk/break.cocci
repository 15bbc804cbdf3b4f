// SPDX-License-Identifier: GPL-2.0-only
// Control chunks that wait keep their transport when it is removed, as before "sctp: clear control chunk transport if it is being removed".
// File: net/sctp/associola.c
@@
expression asoc;
identifier ch, peer;
iterator name list_for_each_entry;
@@
sctp_assoc_rm_peer(...)
{
<...
- list_for_each_entry(ch, &asoc->outqueue.control_chunk_list, list)
-	if (ch->transport == peer)
-		ch->transport = NULL;
...>
}
