// Undoes "sctp: sysctl: rto_min/max: avoid using current->nsproxy": the limits of the RTO are those of the namespace
// of the process that reads or writes, not of the one in which the file was opened.
// file: net/sctp/sysctl.c
@@
expression data;
type T;
@@
- container_of(data, T, sctp.rto_min)
+ current->nsproxy->net_ns

@@
expression data;
type T;
@@
- container_of(data, T, sctp.rto_max)
+ current->nsproxy->net_ns
