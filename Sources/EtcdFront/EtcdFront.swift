/// # EtcdFront
///
/// etcd's v3 API over gRPC on top of our store, so that `etcdctl` and a kube-apiserver can use it. The `.proto` files in
/// `Protos/` are written by us from etcd's public API; `Generated/` is made of them by `Protos/generate.sh`.
///
/// Its list:
/// - `EtcdServer`: the listener; `EtcdSecurity` says who may come; `EtcdLimits` has every limit
/// - `LeaderRequirement`: streams end when their client asked for a leader and there is none
/// - `LearnerRule`: what a member without a vote refuses
/// - `KeyValues/`: Range, Put, DeleteRange, Txn, Compact; sorting and filtering are done here, not in the store
/// - `Watches/`: many watches on one stream, told together
/// - `Leases/`, `Members/`: leases; members, health, and authentication that is off
/// - `Maintenance/`, `Backend/`: status, hashes equal to etcd's, snapshots in the format of etcd's own backend
/// - `Concurrency/`: locks and elections, on keys that etcd's clients understand
/// - `Client/`: an external etcd as a `RevisionedStore` (`EtcdClientStore`), and who leads among those who share it
///   (`EtcdLeadership`)
/// - `Calls/`: the gRPC server: a connection's streams, the messages on them, and the methods there are (`EtcdRoutes`)
/// - `EtcdError`: etcd's codes and sentences; `EtcdCounters`: what is counted, under etcd's names
///
/// Absent on purpose: Kubernetes, users and roles (certificates say who may come), the v2 API.
