/// # KeyValueCore
///
/// etcd's data model as a pure value: one global revision, keys with create and mod revision and version, ranges,
/// transactions (compare, then, else), leases, history until compaction. The same commands in the same order give
/// the same state on every member.
///
/// Its list:
/// - `Values`: keys, ranges, requests, answers, events, errors (etcd's words)
/// - `Command`: what a log entry says, and its bytes (`CommandCoding`)
/// - `KeyValueState`: the state; `apply` is the only way to change it
/// - `KeyTable`: all keys with their versions, what a reader or a snapshot holds while the state goes on;
///   `KeyTree` is the copy-on-write B+ tree below it
/// - `EventHistory`: the changes in order, for watches
/// - `HeldBytes`: what keys, versions and leases count in memory
/// - `LeaseClock`: which leases have run out, for whoever owns a clock
///
/// Absent on purpose: consensus, disk, clocks, sockets, and any meaning of keys or values.
