import EtcdMessages
import EtcdStore
import GRPCServer
import SwiftProtobuf

/// What a learner answers: a serializable Range, Status and Snapshot, as its state may be far behind. Everything else
/// is for members with a vote. Source: etcd, server/etcdserver/api/v3rpc/interceptor.go and util.go.
struct LearnerRule: Sendable {
    let served: ServedStore

    /// Throws what a learner says to a call; its request is nil if it is a stream of them.
    @Sendable func check(_ request: (any Message)?) throws {
        let isAnswered: Bool =
            switch request {
            case let range as Etcdserverpb_RangeRequest: range.serializable
            case is Etcdserverpb_StatusRequest, is Etcdserverpb_SnapshotRequest: true
            default: false
            }
        if !isAnswered, served.store.isLearner { throw CallError.notSupportedForLearner }
    }
}
