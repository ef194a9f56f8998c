import EtcdClient
import EtcdMessages

/// Methods of etcd's that our client does not call.
extension EtcdMethods {
    static let deleteRange = RemoteMethod<Etcdserverpb_DeleteRangeRequest, Etcdserverpb_DeleteRangeResponse>(
        "etcdserverpb.KV", "DeleteRange")
    static let alarm = RemoteMethod<Etcdserverpb_AlarmRequest, Etcdserverpb_AlarmResponse>(
        "etcdserverpb.Maintenance", "Alarm")
    static let downgrade = RemoteMethod<Etcdserverpb_DowngradeRequest, Etcdserverpb_DowngradeResponse>(
        "etcdserverpb.Maintenance", "Downgrade")
    static let healthCheck = RemoteMethod<Grpc_Health_V1_HealthCheckRequest, Grpc_Health_V1_HealthCheckResponse>(
        "grpc.health.v1.Health", "Check")
    static let lock = RemoteMethod<V3lockpb_LockRequest, V3lockpb_LockResponse>("v3lockpb.Lock", "Lock")
    static let unlock = RemoteMethod<V3lockpb_UnlockRequest, V3lockpb_UnlockResponse>("v3lockpb.Lock", "Unlock")

    private static let election = "v3electionpb.Election"
    static let campaign = RemoteMethod<V3electionpb_CampaignRequest, V3electionpb_CampaignResponse>(
        election, "Campaign")
    static let proclaim = RemoteMethod<V3electionpb_ProclaimRequest, V3electionpb_ProclaimResponse>(
        election, "Proclaim")
    static let leader = RemoteMethod<V3electionpb_LeaderRequest, V3electionpb_LeaderResponse>(election, "Leader")
    static let observe = RemoteMethod<V3electionpb_LeaderRequest, V3electionpb_LeaderResponse>(election, "Observe")
    static let resign = RemoteMethod<V3electionpb_ResignRequest, V3electionpb_ResignResponse>(election, "Resign")

    /// A method of Auth. Its messages are not generated; those of a lease have fields of the same numbers and kinds:
    /// a header, `enabled` as `id`, and `authRevision` as `ttl`.
    static func auth(
        _ name: String
    ) -> RemoteMethod<Etcdserverpb_LeaseGrantRequest, Etcdserverpb_LeaseGrantResponse> {
        RemoteMethod("etcdserverpb.Auth", name)
    }
}
