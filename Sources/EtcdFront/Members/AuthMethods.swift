import EtcdMessages
import GRPCServer

/// etcd's Auth service as an etcd answers whose authentication is off: who may connect is decided by certificates. No
/// call's message makes a difference, so none is read.
enum AuthMethods {
    static let service = "etcdserverpb.Auth"

    enum Answer {
        /// A message that has nothing but etcd's header.
        case header
        /// The header, and where the store of users is; it begins at 1, and nothing changes it here.
        case status
        case refusal(CallError)
    }

    static let answers: [String: Answer] = [
        "AuthStatus": .status,
        // Turning off what is off.
        "AuthDisable": .header,
        // etcd refuses as long as there is no user root, and here there are no users.
        "AuthEnable": .refusal(CallError(.failedPrecondition, "etcdserver: root user does not exist")),
        "Authenticate": .refusal(.authNotEnabled),
        "UserAdd": .refusal(noAccounts),
        "UserGet": .refusal(userNotFound),
        "UserList": .header,
        "UserDelete": .refusal(userNotFound),
        "UserChangePassword": .refusal(userNotFound),
        "UserGrantRole": .refusal(userNotFound),
        "UserRevokeRole": .refusal(userNotFound),
        "RoleAdd": .refusal(noAccounts),
        "RoleGet": .refusal(roleNotFound),
        "RoleList": .header,
        "RoleDelete": .refusal(roleNotFound),
        "RoleGrantPermission": .refusal(roleNotFound),
        "RoleRevokePermission": .refusal(roleNotFound),
    ]

    private static let userNotFound = CallError(.failedPrecondition, "etcdserver: user name not found")
    private static let roleNotFound = CallError(.failedPrecondition, "etcdserver: role name not found")
    private static let noAccounts = CallError(
        .unimplemented, "etcdserver: users and roles are not kept here; clients are known by their certificates")

    static func add(to routes: inout CallRoutes, _ served: ServedStore) {
        for (name, answer) in answers {
            routes.raw(service, name) { _ in
                switch answer {
                case .header: message(try await served.header())
                case .status: message(try await served.header(), authRevision: 1)
                case .refusal(let error): throw error
                }
            }
        }
    }

    /// `header`, and of AuthStatusResponse `authRevision`.
    private static func message(_ header: Etcdserverpb_ResponseHeader, authRevision: UInt64 = 0) -> FramedMessage {
        let bytes = header.encodedBytes
        let count = ProtobufWriter.lengthBytes(bytes) + bytes + ProtobufWriter.fieldBytes(authRevision)
        return FramedMessage(count: count) { writer in
            writer.length(1, bytes)
            header.encode(into: &writer)
            writer.field(3, authRevision)
        }
    }
}
