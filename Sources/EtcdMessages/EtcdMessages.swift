/// # EtcdMessages
///
/// etcd's v3 API as values: what its servers and clients tell each other. The `.proto` files in `Protos/` are written by
/// us from etcd's public API; `Generated/` is made of them by `Protos/generate.sh`, with the names of etcd's packages.
///
/// Its list:
/// - `Generated/`: the messages of KV, Watch, Lease, Cluster, Maintenance, Lock, Election and gRPC's health service, and
///   those in which etcd's backend keeps keys and leases
/// - `EtcdErrors`: etcd's codes and sentences
///
/// Absent on purpose: services and clients (`EtcdFront`, `EtcdClient`), the messages of Auth (nothing in them is read).
