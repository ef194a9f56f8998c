/// # EtcdBackend
///
/// The file in which an etcd keeps its keys, as bytes: so that data moves between an etcd and our store both ways, and so
/// that hashes of members that hold the same are equal.
///
/// Its list:
/// - `BackendSnapshot`: a captured state as such a file, in pieces; `BackendFile`: what such a file says, checked
/// - `BackendHash`, `BackendVersions`: what etcd's backend would hold, in the order of revisions, and its hash
/// - `BoltWriter`, `BoltReader`, `BoltFormat`: bbolt, the format of the file
///
/// Absent on purpose: opening such a file to change it, users and roles, gRPC.
