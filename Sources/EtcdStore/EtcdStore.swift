/// # EtcdStore
///
/// The two cores made durable: `RaftCore` decides, `KeyValueCore` holds, this room writes the log and the snapshots
/// and answers callers. Its face is `RevisionedStore`; `EmbeddedStore` is our own implementation.
///
/// Absent on purpose: Kubernetes (keys and values are bytes here) and etcd's wire protocol.
public enum EtcdStore {}
