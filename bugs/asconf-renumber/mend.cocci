// SPDX-License-Identifier: GPL-2.0-only
// The path by which an ASCONF was found may be deleted: the one it came from, which a parameter before has added, takes its
// place, so that nothing later in the chunk or packet meets a path that is gone.
@@
@@
 sctp_process_asconf_param(...)
 {
 <...
 if (peer == asconf->transport)
- 	return SCTP_ERROR_REQ_REFUSED;
+{
+	struct sctp_transport *from = sctp_assoc_lookup_paddr(asoc, &asconf->source);
+
+	if (!from)
+		return SCTP_ERROR_REQ_REFUSED;
+	asconf->transport = from;
+}
 ...>
 }
