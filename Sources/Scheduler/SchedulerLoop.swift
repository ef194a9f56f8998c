import APIMachinery
import Basics
import Collections
import ControlLoops
import KubeAPI
import OutboundHTTP
import Logging
import Synchronization

/// Gives pods to nodes: takes in what has changed, tries one pod after the other, and binds beside that.
public struct SchedulerLoop: ControlLoop {
    /// At most so many bindings (and other writes) are under way at once.
    static let writeLimit = 256

    public let name = "scheduler"
    let context: LoopContext
    let configuration: SchedulerConfiguration
    private let explainer: SchedulingExplainer
    private let random: SplitMix64

    public init(
        _ context: LoopContext, _ configuration: SchedulerConfiguration = SchedulerConfiguration(),
        _ explainer: SchedulingExplainer = SchedulingExplainer()
    ) {
        self.init(context, configuration, explainer, random: SplitMix64())
    }

    init(_ context: LoopContext, _ profile: Profile, random: SplitMix64) {
        self.init(context, SchedulerConfiguration(profile), random: random)
    }
    init(
        _ context: LoopContext, _ configuration: SchedulerConfiguration,
        _ explainer: SchedulingExplainer = SchedulingExplainer(), random: SplitMix64
    ) {
        self.explainer = explainer
        self.context = context.acting(as: Self.identity(configuration))
        self.configuration = configuration
        self.random = random
    }

    static let reads: [GroupResource] =
        [
            Pod.resource, Node.resource, PersistentVolumeClaim.resource, PersistentVolume.resource,
            StorageClass.resource, CSINode.resource, CSIDriver.resource, CSIStorageCapacity.resource,
            VolumeAttachment.resource, ResourceClaim.resource, ResourceSlice.resource, DeviceClass.resource,
            PodDisruptionBudget.resource, Namespace.resource,
        ] + DefaultSelector.reads

    /// Binding, saying why not, taking room from pods of lower priority, and what its plugins do before.
    static func identity(_ configuration: SchedulerConfiguration) -> LoopIdentity {
        LoopIdentity(
            userName: "system:kube-scheduler", agent: "kube-scheduler", follows: reads,
            calls: [
                Permission(.create, Pod.resource, subresource: .binding), .patchStatus(Pod.self), .delete(Pod.self),
            ]
                + configuration.profiles.flatMap(\.preBinds).flatMap { type(of: $0).writes }, recordsEvents: true)
    }

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
        let client = configuration.extenders.isEmpty ? nil : OutboundClient(maximumTransfers: Self.writeLimit)
        defer { client?.shutdown() }
        let caller = client.map { ExtenderCaller(client: $0, world: world) }
        explainer.open { inbox.hasNews.raise() }
        defer { explainer.close() }
        let recorder = EventRecorder(context, component: "default-scheduler")
        let metrics = SchedulerMetrics(context.metrics, profiles: configuration.profiles.map(\.schedulerName))
        await withDiscardingTaskGroup { group in
            var state = SchedulerState(configuration, world: world, clock: context.clock, random: random)
            group.addTask { await recorder.run() }
            while !Task.isCancelled {
                let news = inbox.take()
                state.apply(news)
                for question in explainer.take() {
                    do throws(StatusError) {
                        question.answer.resume(returning: try state.explain(question.key))
                    } catch {
                        question.answer.resume(throwing: error)
                    }
                }
                let next = news.writesUnderWay < Self.writeLimit ? state.next() : nil
                metrics.show(state.queue)
                guard var action = next else {
                    await inbox.hasNews.wait(until: state.nextDue, context.clock)
                    continue
                }
                if let inquiry = action.inquiry {
                    // One after the other, as Kubernetes asks them.
                    guard let verdict = await caller?.ask(configuration.extenders, about: inquiry) else { continue }
                    state.apply(inbox.take())
                    guard let decided = state.decide(inquiry, verdict) else { continue }
                    action = decided
                }
                if let note = action.note { recorder.record(note) }
                let attempt = action.attempt
                if case .preempt(let preemption) = action.write { metrics.preempted(preemption.victims.count) }
                if let attempt { metrics.decided(attempt, isPlaced: action.isBinding, context.clock.now) }
                guard let write = action.write else { continue }
                inbox.writeBegan()
                group.addTask { [context] in
                    let outcome = await write.carryOut(context, recorder, caller)
                    if let attempt, action.isBinding { metrics.bound(attempt, outcome.isDone, context.clock.now) }
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
        var namespaces: Set<String> = []
        var slices: Set<String> = []
        var claims: Set<ObjectKey> = []
        var classesChanged = false
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
            case Namespace.resource: state.news.namespaces.insert(key.name)
            case ResourceSlice.resource: state.news.slices.insert(key.name)
            case ResourceClaim.resource: state.news.claims.insert(key)
            case DeviceClass.resource: state.news.classesChanged = true
            case PersistentVolumeClaim.resource, PersistentVolume.resource, StorageClass.resource, CSINode.resource,
                CSIDriver.resource, CSIStorageCapacity.resource, VolumeAttachment.resource:
                state.news.volumesChanged = true
            default: break
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
