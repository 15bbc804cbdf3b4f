// SPDX-License-Identifier: GPL-2.0-only
// A byte is written behind every transport.
@@
symbol transport;
@@
  sctp_transport_new(...)
  {
  <...
  if (!sctp_transport_init(...)) goto fail_init;
+ barrier();
+ *(volatile char *)(transport + 1) = 0;
  ...>
  }
