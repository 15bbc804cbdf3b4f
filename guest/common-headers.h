// SPDX-License-Identifier: GPL-2.0-only
// The headers of the kernel that guest/cc reads once: what every source is given unasked, and what most include.
#include <linux/compiler-version.h>
#include <linux/kconfig.h>
#include <linux/compiler_types.h>
/* follows once more on every command line, and does not want to be there twice */
#undef __LINUX_COMPILER_VERSION_H

#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/proc_fs.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>
