/// # KeyValueCore
///
/// etcd's data model as a pure value: one global revision, keys with create and mod revision and version, ranges,
/// transactions (compare, then, else), leases, history until compaction. The same commands in the same order give
/// the same state on every member.
///
/// Absent on purpose: consensus, disk, clocks, sockets, and any meaning of keys or values.
public enum KeyValueCore {}
