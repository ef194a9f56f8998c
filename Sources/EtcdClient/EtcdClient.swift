/// # EtcdClient
///
/// An external etcd, or anything that speaks its protocol, as a `RevisionedStore`; the only room that knows grpc-swift.
///
/// Its list:
/// - `EtcdClientStore`: reads, writes, leases; `EtcdConnections` finds an endpoint that answers (`EndpointRotation`), and
///   says whether a request that failed may be sent again (`AttemptFailure`)
/// - `EtcdWatch`: one watch, and what its reader has not taken (`WatchBuffer`); most share one stream (`EtcdWatchStream`,
///   `EtcdWatcher`)
/// - `LeaderElection`: who leads among the processes that share an etcd
/// - `EtcdAdministrator`: members and snapshots; `MemberReport`: what one member says of itself
/// - `RemoteMethod`, `EtcdMethods`: the methods that are called, with their messages' types
/// - `PingResponder`: keeps SwiftNIO from taking etcd's pings for an attack
/// - `EtcdClientLimits`: every limit and time-out
///
/// Absent on purpose: Kubernetes, our own store, retries of what may have been done.
