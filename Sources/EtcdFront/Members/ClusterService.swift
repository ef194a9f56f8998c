import EtcdMessages
import EtcdStore
import Foundation
import GRPCServer
import RaftCore

/// etcd's Cluster service: who is a member.
struct ClusterService: Sendable {
    let served: ServedStore
    private var store: EmbeddedStore { served.store }

    init(_ served: ServedStore) { self.served = served }

    func memberAdd(
        request: Etcdserverpb_MemberAddRequest, context: CallContext
    ) async throws -> Etcdserverpb_MemberAddResponse {
        try Self.check(request.peerUrls)
        let added = try await store.addMember(peerURLs: request.peerUrls, isLearner: request.isLearner)
        var answer = Etcdserverpb_MemberAddResponse()
        answer.member = Etcdserverpb_Member(added, isLearner: true)
        answer.members = try await members()
        answer.header = served.header(revision: 0, try await store.status())
        return answer
    }

    func memberRemove(
        request: Etcdserverpb_MemberRemoveRequest, context: CallContext
    ) async throws -> Etcdserverpb_MemberRemoveResponse {
        try await store.removeMember(request.id)
        var answer = Etcdserverpb_MemberRemoveResponse()
        answer.members = try await members()
        answer.header = served.header(revision: 0, try await store.status())
        return answer
    }

    func memberUpdate(
        request: Etcdserverpb_MemberUpdateRequest, context: CallContext
    ) async throws -> Etcdserverpb_MemberUpdateResponse {
        try Self.check(request.peerUrls)
        try await store.updateMember(request.id, peerURLs: request.peerUrls)
        var answer = Etcdserverpb_MemberUpdateResponse()
        answer.members = try await members()
        answer.header = served.header(revision: 0, try await store.status())
        return answer
    }

    func memberList(
        request: Etcdserverpb_MemberListRequest, context: CallContext
    ) async throws -> Etcdserverpb_MemberListResponse {
        var answer = Etcdserverpb_MemberListResponse()
        answer.members = try await members()
        answer.header = served.header(revision: 0, try await store.status())
        return answer
    }

    func memberPromote(
        request: Etcdserverpb_MemberPromoteRequest, context: CallContext
    ) async throws -> Etcdserverpb_MemberPromoteResponse {
        guard try await store.members().contains(where: { $0.member.id == request.id }) else {
            throw StoreError.membership(.notMember(Member(request.id)))
        }
        try await store.promoteMember(request.id)
        var answer = Etcdserverpb_MemberPromoteResponse()
        answer.members = try await members()
        answer.header = served.header(revision: 0, try await store.status())
        return answer
    }

    private func members(serializable: Bool = false) async throws -> [Etcdserverpb_Member] {
        try await store.members(serializable: serializable).map { listed in
            var member = Etcdserverpb_Member(listed.member, isLearner: listed.isLearner)
            if member.id == store.identity.member { complete(&member) }
            return member
        }
    }

    /// A store that was opened alone knows no name and no address of its only member.
    private func complete(_ member: inout Etcdserverpb_Member) {
        if member.name.isEmpty { member.name = "default" }
        if member.clientUrls.isEmpty { member.clientUrls = served.advertised.urls }
    }

    /// A peer's URL has a scheme, a host and a port, and nothing else.
    static func check(_ urls: [String]) throws(CallError) {
        if urls.isEmpty { throw .memberURLsInvalid }
        for text in urls {
            guard let url = URLComponents(string: text), url.scheme == "http" || url.scheme == "https",
                url.host?.isEmpty == false, url.port != nil, url.path.isEmpty, url.query == nil
            else { throw .memberURLsInvalid }
        }
    }
}

extension Etcdserverpb_Member {
    init(_ member: ClusterMember, isLearner: Bool) {
        self.init()
        id = member.id
        name = member.name
        peerUrls = member.peerURLs
        clientUrls = member.clientURLs
        self.isLearner = isLearner
    }
}
