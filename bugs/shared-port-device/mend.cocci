// SPDX-License-Identifier: GPL-2.0-only
// Who asks on behalf of no interface at all finds the associations of sockets that are bound to one, too.
@@
identifier l3mdev_accept, bound_dev_if, dif, sdif;
@@
-return inet_bound_dev_eq(l3mdev_accept, bound_dev_if, dif, sdif);
+return !dif || inet_bound_dev_eq(l3mdev_accept, bound_dev_if, dif, sdif);
