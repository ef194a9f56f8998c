import APIMachinery
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
    private let dice: Dice

    public init(_ context: LoopContext) { self.init(context, Profile(), dice: Dice()) }

    init(_ context: LoopContext, _ profile: Profile, dice: Dice) {
        self.context = context
        self.profile = profile
        self.dice = dice
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
        let state = SchedulerState(profile, world: world, clock: context.clock, dice: dice)
        await withDiscardingTaskGroup { group in
            group.addTask { await recorder.run() }
            while !Task.isCancelled {
                let news = inbox.take()
                state.apply(news)
                guard news.writesUnderWay < Self.writeLimit, let action = state.next() else {
                    await inbox.hasNews.wait(until: state.nextDue, context.clock)
                    continue
                }
                if let note = action.note { recorder.record(note) }
                guard let write = action.write else { continue }
                inbox.writeBegan()
                group.addTask { [context] in
                    let outcome = await write.carryOut(context, recorder)
                    inbox.writeEnded(outcome)
                    if case .failed(_, _, let event?) = outcome { recorder.record(event) }
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
        /// What came of writes that are not simply done.
        var outcomes: [SchedulerWrite.Outcome] = []
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
    func writeEnded(_ outcome: SchedulerWrite.Outcome) {
        state.withLock { state in
            state.news.writesUnderWay -= 1
            if case .done = outcome { return }
            state.news.outcomes.append(outcome)
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
