/// # EtcdStore
///
/// The two cores made durable and replicated: `RaftCore` decides, `KeyValueCore` holds, this room writes the log and the
/// snapshots, talks to the other members, and answers callers. Its face is `RevisionedStore`; `EmbeddedStore` is our own
/// implementation: one member, alone or with others.
///
/// Its list:
/// - `RevisionedStore`: what the API server sees; `EmbeddedStore`: one member in this process
/// - `Engine/`: `StoreEngine` carries out Raft's effects, by inputs and outputs, without threads. What it decides itself is
///   in values: `EffectQueue` (what waits for the disk), `WaitList` (who waits for what), `MemberRole` (who leads, and who
///   has to hear of it), `StoreSpace` and `LocalSpace` (a full disk or quota), `SnapshotKeeper`, `Compactor`. `StoreThread`
///   drives an engine, `EngineQueue` brings it work, `SharedState` is what readers see
/// - `Cluster/`: how a member begins, the members' names and addresses, changes of them, alarms, what log entries say
/// - `Peers/`: messages, forwarded requests and snapshots between members, over mutual TLS
/// - `Log/`: segments of checksummed records, group commit, recovery
/// - `Snapshots/`: the whole state in one file, written beside the running store, or taken from the leader
/// - `Watches/`: who is told of which change
/// - `Disk/`, Basics' `TimeSource`: the outside world, handed in; `SimulatedDisk` forgets, tears and fails on demand,
///   `MemoryDisk` is a store's that ends with its process
/// - `Observing/`: what a member is and how long it waits for its disk, under etcd's names
/// - `StoreLimits`: every limit, in one place
///
/// Absent on purpose: Kubernetes (keys and values are bytes here) and etcd's wire protocol.
