import EtcdClient
import EtcdMessages
import EtcdTestKit
import GRPCServer
import Testing

@testable import EtcdFront

/// The Auth service of a server without authentication.
@Suite struct AuthTests {
    @Test(.timeLimit(.minutes(1))) func everyMethodAnswersAsTheTableSays() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                for (name, answer) in AuthMethods.answers {
                    let request = Etcdserverpb_LeaseGrantRequest()
                    switch answer {
                    case .refusal(let error):
                        await expect(error) { _ = try await client.call(EtcdMethods.auth(name), request) }
                    case .header, .status:
                        let found = try await client.call(EtcdMethods.auth(name), request)
                        #expect(found.header.revision == 1 && found.header.memberID == served.store.identity.member)
                        // Not enabled, and where the store of users is.
                        #expect(found.id == 0 && found.ttl == (name == "AuthStatus" ? 1 : 0), "\(name)")
                    }
                }
                await expect(
                    CallError(.unimplemented, "unknown method AuthRename for service etcdserverpb.Auth")
                ) {
                    _ = try await client.call(EtcdMethods.auth("AuthRename"), Etcdserverpb_LeaseGrantRequest())
                }
            }
        }
    }

    /// What needs no user and no role, an etcd answers alike.
    @Test(.enabled(if: EtcdProcess.isInstalled), .timeLimit(.minutes(1))) func anEtcdAnswersAlike() async throws {
        let etcd = try await EtcdProcess.started()
        try await withEtcdClient(etcd.endpoint) { client in
            for name in [
                "AuthDisable", "AuthEnable", "Authenticate", "UserGet", "UserList", "UserDelete", "UserGrantRole",
                "UserRevokeRole", "RoleGet", "RoleList", "RoleDelete", "RoleRevokePermission",
            ] {
                let found = await callError {
                    _ = try await client.call(EtcdMethods.auth(name), Etcdserverpb_LeaseGrantRequest())
                }
                switch AuthMethods.answers[name] {
                case .refusal(let error): #expect(found == error, "\(name)")
                case .header, .status: #expect(found == nil, "\(name)")
                case nil: Issue.record("\(name) is not in the table")
                }
            }
        }
    }
}
