import APIServer

/// One route outside the cluster API: what it is called, who may call it, and what answers.
public struct Route: Sendable {
    /// Who may call it.
    enum Access: Sendable { case open, credentials }
    let method: String
    let path: PathTemplate
    let access: Access
    /// Whether a call changes something, whatever its method says.
    let changes: Bool
    let handle: @Sendable (Site, Call) async throws -> Answer

    init(
        _ method: String, _ path: String, _ access: Access = .open, changes: Bool = false,
        _ handle: @escaping @Sendable (Site, Call) async throws -> Answer
    ) {
        self.method = method
        self.path = PathTemplate(path)
        self.access = access
        self.changes = changes
        self.handle = handle
    }
}

/// A request that has found its route.
struct Call: Sendable {
    let request: Request
    /// The decoded values of the path's parameters.
    let parameters: [String: String]
    let query: Query
    /// Who asks; the anonymous user on open routes.
    let user: UserInfo
}
