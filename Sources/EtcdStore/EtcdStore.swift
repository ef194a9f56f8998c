/// # EtcdStore
///
/// The two cores made durable: `RaftCore` decides, `KeyValueCore` holds, this room writes the log and the snapshots
/// and answers callers. Its face is `RevisionedStore`; `EmbeddedStore` is our own implementation.
///
/// Its list:
/// - `RevisionedStore`: what the API server sees; `EmbeddedStore`: one member in this process
/// - `StoreEngine`: carries out Raft's effects on one thread; `Inbox` brings it work, `SharedState` is what readers see
/// - `Log/`: segments of checksummed records, group commit, recovery
/// - `Snapshots/`: the whole state in one file, written beside the running store
/// - `Watches/`: who is told of which change
/// - `Disk/`, `StoreClock`: the outside world, handed in; `SimulatedDisk` forgets, tears and fails on demand
/// - `StoreLimits`: every limit, in one place
///
/// Absent on purpose: Kubernetes (keys and values are bytes here) and etcd's wire protocol.
