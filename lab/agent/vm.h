// SPDX-License-Identifier: GPL-2.0-only
// What the agent does as the first process of a guest under QEMU.
#ifndef LAB_AGENT_VM_H
#define LAB_AGENT_VM_H

/*
 * Mounts, loads the modules of /modules in the order of their names, and runs the launcher's plans one after the other,
 * each in a process of its own: run_plan(fd) reads the plan from there and gives back an exit status. Then powers off.
 */
_Noreturn void vm_main(int (*run_plan)(int plan_fd));

#endif
