// SPDX-License-Identifier: GPL-2.0-only
// Two locks are taken in one order, and then in the other.
@@
symbol transport;
typedef spinlock_t;
@@
  sctp_transport_new(...)
  {
+ static spinlock_t made_up_one;
+ static spinlock_t made_up_other;
  <...
  if (!sctp_transport_init(...)) goto fail_init;
+ spin_lock_init(&made_up_one);
+ spin_lock_init(&made_up_other);
+ spin_lock_bh(&made_up_one);
+ spin_lock(&made_up_other);
+ spin_unlock(&made_up_other);
+ spin_unlock_bh(&made_up_one);
+ spin_lock_bh(&made_up_other);
+ spin_lock(&made_up_one);
+ spin_unlock(&made_up_one);
+ spin_unlock_bh(&made_up_other);
  ...>
  }
