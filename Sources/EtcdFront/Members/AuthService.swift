/// etcd's Auth service as an etcd answers whose authentication is off: who may connect is decided by certificates.
struct AuthService: Sendable {
    let served: ServedStore

    init(_ served: ServedStore) { self.served = served }

    func authStatus(
        request: Etcdserverpb_AuthStatusRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthStatusResponse {
        var answer = Etcdserverpb_AuthStatusResponse()
        // etcd's store of users begins at 1, and nothing changes it here.
        answer.authRevision = 1
        answer.header = try await served.header()
        return answer
    }

    /// Turning off what is off.
    func authDisable(
        request: Etcdserverpb_AuthDisableRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthDisableResponse {
        var answer = Etcdserverpb_AuthDisableResponse()
        answer.header = try await served.header()
        return answer
    }

    /// etcd refuses as long as there is no user root, and here there are no users.
    func authEnable(
        request: Etcdserverpb_AuthEnableRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthEnableResponse {
        throw EtcdError(.failedPrecondition, "etcdserver: root user does not exist")
    }

    func authenticate(
        request: Etcdserverpb_AuthenticateRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthenticateResponse { throw EtcdError.authNotEnabled }

    func userList(
        request: Etcdserverpb_AuthUserListRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthUserListResponse {
        var answer = Etcdserverpb_AuthUserListResponse()
        answer.header = try await served.header()
        return answer
    }

    func roleList(
        request: Etcdserverpb_AuthRoleListRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthRoleListResponse {
        var answer = Etcdserverpb_AuthRoleListResponse()
        answer.header = try await served.header()
        return answer
    }

    // MARK: Users and roles cannot be made

    func userAdd(
        request: Etcdserverpb_AuthUserAddRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthUserAddResponse { throw Self.noAccounts }

    func userGet(
        request: Etcdserverpb_AuthUserGetRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthUserGetResponse { throw Self.userNotFound }

    func userDelete(
        request: Etcdserverpb_AuthUserDeleteRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthUserDeleteResponse { throw Self.userNotFound }

    func userChangePassword(
        request: Etcdserverpb_AuthUserChangePasswordRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthUserChangePasswordResponse { throw Self.userNotFound }

    func userGrantRole(
        request: Etcdserverpb_AuthUserGrantRoleRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthUserGrantRoleResponse { throw Self.userNotFound }

    func userRevokeRole(
        request: Etcdserverpb_AuthUserRevokeRoleRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthUserRevokeRoleResponse { throw Self.userNotFound }

    func roleAdd(
        request: Etcdserverpb_AuthRoleAddRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthRoleAddResponse { throw Self.noAccounts }

    func roleGet(
        request: Etcdserverpb_AuthRoleGetRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthRoleGetResponse { throw Self.roleNotFound }

    func roleDelete(
        request: Etcdserverpb_AuthRoleDeleteRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthRoleDeleteResponse { throw Self.roleNotFound }

    func roleGrantPermission(
        request: Etcdserverpb_AuthRoleGrantPermissionRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthRoleGrantPermissionResponse { throw Self.roleNotFound }

    func roleRevokePermission(
        request: Etcdserverpb_AuthRoleRevokePermissionRequest, context: CallContext
    ) async throws -> Etcdserverpb_AuthRoleRevokePermissionResponse { throw Self.roleNotFound }

    private static let userNotFound = EtcdError(.failedPrecondition, "etcdserver: user name not found")
    private static let roleNotFound = EtcdError(.failedPrecondition, "etcdserver: role name not found")
    private static let noAccounts = EtcdError(
        .unimplemented, "etcdserver: users and roles are not kept here; clients are known by their certificates")
}
