import APIMachinery
import Basics
import Collections
import ControlLoops
import KubeAPI
import Logging
import Synchronization

/// Gives pods to nodes: takes in what has changed, tries one pod after the other, and binds beside that.
public struct SchedulerLoop: ControlLoop {
    /// At most so many bindings (and other writes) are under way at once.
    static let writeLimit = 256

    public let name = "scheduler"
    let context: LoopContext
    let profile: Profile
    private let random: SplitMix64

    public init(_ context: LoopContext) { self.init(context, Profile(), random: SplitMix64()) }

    init(_ context: LoopContext, _ profile: Profile, random: SplitMix64) {
        self.context = context
        self.profile = profile
        self.random = random
    }

    static let reads: [GroupResource] = [
        Pod.resource, Node.resource, PersistentVolumeClaim.resource, PersistentVolume.resource, StorageClass.resource,
    ]

    /// Runs until the task is cancelled; a world must be running beside it.
    public func run() async throws {
        let world = context.world
        // Nodes and volumes first, so that the first pod finds them all.
        try await world.waitUntilSynced(Self.reads)
        let inbox = SchedulerInbox()
        let observations: [(ObjectCache, Int)] = Self.reads.map { resource in
            let cache = world.cache(resource)
            return (cache, cache.observe { change in inbox.note(resource, change.key) })
        }
        defer { for (cache, identifier) in observations { cache.stopObserving(identifier) } }
        let recorder = EventRecorder(context, component: profile.schedulerName)
        let desk = SchedulerDesk(profile, world: world, clock: context.clock, random: random)
        await withDiscardingTaskGroup { group in
            group.addTask { await recorder.run() }
            while !Task.isCancelled {
                let news = inbox.take()
                desk.takeIn(news)
                guard news.writesUnderWay < Self.writeLimit, let order = desk.next() else {
                    await inbox.hasNews.wait(until: desk.nextDue, context.clock)
                    continue
                }
                if let note = order.note { recorder.record(note) }
                guard let write = order.write else { continue }
                inbox.writeBegan()
                let api = context.api
                let logger = context.logger
                group.addTask {
                    let outcome = await write.carryOut(api, logger)
                    if let note = outcome.note { recorder.record(note) }
                    inbox.writeEnded(outcome.failed)
                }
            }
            group.cancelAll()
        }
    }
}

/// What has happened since the scheduler last looked; each object is mentioned once, however often it changed.
final class SchedulerInbox: Sendable {
    struct News: Sendable {
        /// In the order of their first mention.
        var pods: [ObjectKey] = []
        var nodes: Set<String> = []
        var volumesChanged = false
        /// Pods whose binding failed.
        var failures: [SchedulerWrite.Failure] = []
        var writesUnderWay = 0
    }
    private struct State: Sendable {
        var news = News()
        var mentioned: Set<ObjectKey> = []
    }
    let hasNews = Signal()
    private let state = Mutex(State())

    func note(_ resource: GroupResource, _ key: ObjectKey) {
        state.withLock { state in
            switch resource {
            case Pod.resource: if state.mentioned.insert(key).inserted { state.news.pods.append(key) }
            case Node.resource: state.news.nodes.insert(key.name)
            default: state.news.volumesChanged = true
            }
        }
        hasNews.raise()
    }
    func writeBegan() { state.withLock { $0.news.writesUnderWay += 1 } }
    func writeEnded(_ failure: SchedulerWrite.Failure?) {
        state.withLock { state in
            state.news.writesUnderWay -= 1
            if let failure { state.news.failures.append(failure) }
        }
        hasNews.raise()
    }
    func take() -> News {
        state.withLock { state in
            defer {
                state.news = News(writesUnderWay: state.news.writesUnderWay)
                state.mentioned = []
            }
            return state.news
        }
    }
}
