/// A promise that its keys are deleted when nobody renews it.
public struct Lease: Sendable, Equatable {
    public var id: LeaseID
    public var timeToLiveSeconds: Int64
    /// The keys that go with it.
    public internal(set) var keys: Set<[UInt8]> = []

    public init(id: LeaseID, timeToLiveSeconds: Int64) {
        self.id = id
        self.timeToLiveSeconds = timeToLiveSeconds
    }

    /// What the lease itself adds to the state's hash; its keys carry its number.
    var hash: UInt64 {
        var hash = ContentHash()
        hash.add(id)
        hash.add(timeToLiveSeconds)
        return hash.value
    }
}
