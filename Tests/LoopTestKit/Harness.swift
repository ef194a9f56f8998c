import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import TestKit

/// A memory cluster with a world on it and loops running, for the time of a test's body.
public struct Harness: Sendable {
    public let clock: ManualClock
    public let cluster: MemoryCluster
    public let world: World
    public let context: LoopContext

    public init(_ clock: ManualClock = ManualClock()) {
        self.clock = clock
        cluster = MemoryCluster(clock: clock)
        world = World(cluster)
        context = LoopContext(world: world, api: cluster, clock: clock)
    }

    /// With `retrying` the clock moves on its own to whatever is due within a second, such as a retry after a conflict.
    public func run(
        _ loops: [any ControlLoop], retrying: Bool = false, _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await world.run() }
            for loop in loops { group.addTask { try await loop.run() } }
            if retrying {
                group.addTask {
                    while !Task.isCancelled {
                        if let due = clock.nextDeadline, due - clock.now <= .seconds(1) {
                            clock.advance(by: due - clock.now)
                        }
                        await Task.yield()
                    }
                }
            }
            try await body()
            group.cancelAll()
        }
    }

    /// Returns once the objects of a kind are as the condition wants them; they are read from the cluster itself.
    public func wait<T: Kind>(_ type: T.Type, until condition: ([T]) -> Bool) async throws {
        while true {
            let revision = cluster.revision
            if condition(cluster.objects(type)) { return }
            try await cluster.waitForChange(after: revision)
        }
    }
}

extension World {
    /// Puts objects into the cache of their kind, as if they had been listed.
    public func load<T: Kind>(_ objects: [T]) {
        cache(T.resource).replace(
            with: ObjectList(items: objects.map(\.json), revision: cache(T.resource).revision + 1))
    }
}
