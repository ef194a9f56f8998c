import EtcdMessages

/// etcd's methods that are called here.
package enum EtcdMethods {
    private static let keyValues = "etcdserverpb.KV"
    package static let range = RemoteMethod<Etcdserverpb_RangeRequest, Etcdserverpb_RangeResponse>(keyValues, "Range")
    package static let put = RemoteMethod<Etcdserverpb_PutRequest, Etcdserverpb_PutResponse>(keyValues, "Put")
    package static let txn = RemoteMethod<Etcdserverpb_TxnRequest, Etcdserverpb_TxnResponse>(keyValues, "Txn")
    package static let compact = RemoteMethod<Etcdserverpb_CompactionRequest, Etcdserverpb_CompactionResponse>(
        keyValues, "Compact")

    package static let watch = RemoteMethod<Etcdserverpb_WatchRequest, Etcdserverpb_WatchResponse>(
        "etcdserverpb.Watch", "Watch")

    private static let leases = "etcdserverpb.Lease"
    package static let leaseGrant = RemoteMethod<Etcdserverpb_LeaseGrantRequest, Etcdserverpb_LeaseGrantResponse>(
        leases, "LeaseGrant")
    static let leaseRevoke = RemoteMethod<Etcdserverpb_LeaseRevokeRequest, Etcdserverpb_LeaseRevokeResponse>(
        leases, "LeaseRevoke")
    static let leaseKeepAlive = RemoteMethod<
        Etcdserverpb_LeaseKeepAliveRequest, Etcdserverpb_LeaseKeepAliveResponse
    >(leases, "LeaseKeepAlive")

    private static let maintenance = "etcdserverpb.Maintenance"
    package static let status = RemoteMethod<Etcdserverpb_StatusRequest, Etcdserverpb_StatusResponse>(
        maintenance, "Status")
    static let hashKV = RemoteMethod<Etcdserverpb_HashKVRequest, Etcdserverpb_HashKVResponse>(maintenance, "HashKV")
    static let snapshot = RemoteMethod<Etcdserverpb_SnapshotRequest, Etcdserverpb_SnapshotResponse>(
        maintenance, "Snapshot")

    private static let cluster = "etcdserverpb.Cluster"
    static let memberList = RemoteMethod<Etcdserverpb_MemberListRequest, Etcdserverpb_MemberListResponse>(
        cluster, "MemberList")
    static let memberAdd = RemoteMethod<Etcdserverpb_MemberAddRequest, Etcdserverpb_MemberAddResponse>(
        cluster, "MemberAdd")
    static let memberRemove = RemoteMethod<Etcdserverpb_MemberRemoveRequest, Etcdserverpb_MemberRemoveResponse>(
        cluster, "MemberRemove")
    static let memberPromote = RemoteMethod<Etcdserverpb_MemberPromoteRequest, Etcdserverpb_MemberPromoteResponse>(
        cluster, "MemberPromote")
}
