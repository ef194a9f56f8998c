import GRPCServer

/// etcd's methods, by service, and those of gRPC's health service.
enum EtcdRoutes {
    static func all(_ served: ServedStore) -> CallRoutes {
        var refusals = ServerRefusals()
        refusals.stopped = .stopped
        refusals.tooManyRequests = .tooManyRequests
        var routes = CallRoutes(refusals: refusals, admit: LearnerRule(served: served).check)
        addKeyValues(&routes, served)
        addLeases(&routes, served)
        addMembers(&routes, served)
        addMaintenance(&routes, served)
        addConcurrency(&routes, served)
        AuthMethods.add(to: &routes, served)
        return routes
    }

    private static func addKeyValues(_ routes: inout CallRoutes, _ served: ServedStore) {
        let keyValues = KeyValueService(served)
        routes.direct("etcdserverpb.KV", "Range", keyValues.range)
        routes.direct("etcdserverpb.KV", "Put", keyValues.put)
        routes.direct("etcdserverpb.KV", "DeleteRange", keyValues.deleteRange)
        routes.direct("etcdserverpb.KV", "Txn", keyValues.txn)
        routes.unary("etcdserverpb.KV", "Compact", keyValues.compact)
        let leader = LeaderRequirement(served: served)
        routes.streaming("etcdserverpb.Watch", "Watch", guarded: leader.run, WatchService(served).watch)
    }

    private static func addLeases(_ routes: inout CallRoutes, _ served: ServedStore) {
        let leases = LeaseService(served)
        let leader = LeaderRequirement(served: served)
        routes.unary("etcdserverpb.Lease", "LeaseGrant", leases.leaseGrant)
        routes.unary("etcdserverpb.Lease", "LeaseRevoke", leases.leaseRevoke)
        routes.streaming("etcdserverpb.Lease", "LeaseKeepAlive", guarded: leader.run, leases.leaseKeepAlive)
        routes.unary("etcdserverpb.Lease", "LeaseTimeToLive", leases.leaseTimeToLive)
        routes.unary("etcdserverpb.Lease", "LeaseLeases", leases.leaseLeases)
    }

    private static func addMembers(_ routes: inout CallRoutes, _ served: ServedStore) {
        let cluster = ClusterService(served)
        routes.unary("etcdserverpb.Cluster", "MemberAdd", cluster.memberAdd)
        routes.unary("etcdserverpb.Cluster", "MemberRemove", cluster.memberRemove)
        routes.unary("etcdserverpb.Cluster", "MemberUpdate", cluster.memberUpdate)
        routes.unary("etcdserverpb.Cluster", "MemberList", cluster.memberList)
        routes.unary("etcdserverpb.Cluster", "MemberPromote", cluster.memberPromote)
        let health = HealthService(served)
        routes.unary("grpc.health.v1.Health", "Check", health.check)
        routes.serverStreaming("grpc.health.v1.Health", "Watch", health.watch)
    }

    private static func addMaintenance(_ routes: inout CallRoutes, _ served: ServedStore) {
        let maintenance = MaintenanceService(served)
        routes.unary("etcdserverpb.Maintenance", "Alarm", maintenance.alarm)
        routes.unary("etcdserverpb.Maintenance", "Status", maintenance.status)
        routes.unary("etcdserverpb.Maintenance", "Defragment", maintenance.defragment)
        routes.unary("etcdserverpb.Maintenance", "Hash", maintenance.hash)
        routes.unary("etcdserverpb.Maintenance", "HashKV", maintenance.hashKV)
        routes.serverStreaming("etcdserverpb.Maintenance", "Snapshot", maintenance.snapshot)
        routes.unary("etcdserverpb.Maintenance", "MoveLeader", maintenance.moveLeader)
        routes.unary("etcdserverpb.Maintenance", "Downgrade", maintenance.downgrade)
    }

    private static func addConcurrency(_ routes: inout CallRoutes, _ served: ServedStore) {
        let locks = LockService(served)
        routes.unary("v3lockpb.Lock", "Lock", locks.lock)
        routes.unary("v3lockpb.Lock", "Unlock", locks.unlock)
        let elections = ElectionService(served)
        routes.unary("v3electionpb.Election", "Campaign", elections.campaign)
        routes.unary("v3electionpb.Election", "Proclaim", elections.proclaim)
        routes.unary("v3electionpb.Election", "Leader", elections.leader)
        routes.serverStreaming("v3electionpb.Election", "Observe", elections.observe)
        routes.unary("v3electionpb.Election", "Resign", elections.resign)
    }
}
