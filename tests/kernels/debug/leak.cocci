// SPDX-License-Identifier: GPL-2.0-only
// With every transport memory is lost: more than once, for a pointer to it may still lie about somewhere.
@@
symbol transport;
@@
  sctp_transport_new(...)
  {
+ int made_up;
  <...
  if (!sctp_transport_init(...)) goto fail_init;
+ for (made_up = 0; made_up < 10; made_up++) {
+ 	void *volatile lost = kmalloc(1234, GFP_ATOMIC);
+ 	lost = NULL;
+ }
  ...>
  }
