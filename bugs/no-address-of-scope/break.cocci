// SPDX-License-Identifier: GPL-2.0-only
// Undoes "sctp: fail if no bound addresses can be used for a given scope": an association may be without addresses of its own.
@@
identifier error;
@@
 sctp_bind_addr_copy(...)
 {
 <...
- if (list_empty(...))
- 	error = -ENETUNREACH;
 ...>
 }
