struct PeerTransport {
    static func connect(_ settings: ClusterSettings, _ environment: StoreEnvironment) throws -> StoreThread.Connect {
        { _, _ in throw StoreError.notLeader }
    }
}
