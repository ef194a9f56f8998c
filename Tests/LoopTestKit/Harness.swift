import APIMachinery
import APIServer
import Basics
import ControlLoops
import KubeAPI
import TestKit

/// A cluster with a world on it and loops running, for the time of a test's body. A loop that does what it has not
/// declared fails the test.
public struct Harness: Sendable {
    public let clock: ManualClock
    public let cluster: TestCluster
    public let world: World
    /// For loops that have no identity of their own.
    public let context: LoopContext

    public init(_ clock: ManualClock = ManualClock(), configuration: Configuration = Configuration()) {
        self.clock = clock
        cluster = TestCluster(clock: clock, configuration: configuration)
        world = World(cluster)
        context = LoopContext(
            world: world,
            client: { [cluster] identity in
                ConfinedAPI(
                    // The server lets everybody of this group do everything; here the declared lists decide.
                    cluster.client(as: UserInfo(name: identity.userName, groups: ["system:masters"])), to: identity,
                    onRefusal: { cluster.note(refusal: $0) })
            },
            clock: clock)
    }

    /// With `retrying` the clock moves on its own to whatever is due within a second, such as a retry after a conflict.
    public func run(
        _ loops: [any ControlLoop], retrying: Bool = false, _ body: () async throws -> Void
    ) async throws {
        try await cluster.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await world.run() }
            for loop in loops { group.addTask { try await loop.run() } }
            if retrying {
                group.addTask {
                    while !Task.isCancelled {
                        if let due = clock.nextDeadline, due - clock.now <= .seconds(1) {
                            clock.advance(by: due - clock.now)
                        }
                        try await Task.sleep(for: .microseconds(500))
                    }
                }
            }
            defer { group.cancelAll() }
            try await body()
        }
        if let refusal = cluster.refusal { throw refusal }
    }

    /// Returns once the objects of a kind are as the condition wants them, in the store and in the server's eyes.
    public func wait<T: Kind>(_ type: T.Type, until condition: ([T]) -> Bool) async throws {
        while true {
            let revision = cluster.revision
            if condition(cluster.objects(type)) { return try await cluster.catchUp(to: revision) }
            try await cluster.waitForChange(after: revision)
        }
    }
}

extension World {
    /// Puts objects into the cache of their kind in place of all others, as if they had been listed.
    public func load<T: Kind>(_ objects: [T]) {
        // What is of a revision that is held would be left as it is.
        cache(T.resource).replace(with: ObjectList(items: [], revision: cache(T.resource).revision + 1))
        cache(T.resource).replace(
            with: ObjectList(items: objects.map(\.json), revision: cache(T.resource).revision + 1))
    }
}
