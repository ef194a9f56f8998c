/// # EtcdFront
///
/// etcd's v3 API over gRPC on top of our store, so that `etcdctl` and a kube-apiserver can use it.
///
/// Its list:
/// - `EtcdServer`: the listener; `EtcdRoutes`: the methods there are; `EtcdLimits` has every limit
/// - `LeaderRequirement`: streams end when their client asked for a leader and there is none
/// - `LearnerRule`: what a member without a vote refuses
/// - `KeyValues/`: Range, Put, DeleteRange, Txn, Compact; sorting and filtering are done here, not in the store
/// - `Watches/`: many watches on one stream, told together
/// - `Leases/`, `Members/`: leases; members, health, and authentication that is off
/// - `Maintenance/`: status, alarms, hashes equal to etcd's, snapshots in the format of etcd's own backend
/// - `Concurrency/`: locks and elections, on keys that etcd's clients understand
/// - `StoreErrorsInEtcd.swift`: what etcd says for the store's errors; `EtcdCounters`: what is counted, under etcd's names
///
/// Absent on purpose: Kubernetes, users and roles (certificates say who may come: `AuthMethods`), the v2 API; gRPC itself
/// (`GRPCServer`), the wire forms (`EtcdMessages`, `EtcdBackend`), clients (`EtcdClient`).
