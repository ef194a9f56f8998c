/// Which member of which cluster a data directory belongs to.
public struct StoreIdentity: Sendable, Equatable {
    public var cluster: UInt64
    public var member: UInt64
    public init(cluster: UInt64, member: UInt64) {
        self.cluster = cluster
        self.member = member
    }
}
