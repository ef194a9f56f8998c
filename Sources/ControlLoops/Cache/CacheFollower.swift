import APIMachinery
import Basics
import KubeAPI
import Logging

/// Which part of a resource a cache holds; all of it unless the world was told otherwise.
public struct Scope: Sendable, Equatable {
    public var namespace: String
    public var labelSelector: String
    public var fieldSelector: String
    public init(namespace: String = "", labelSelector: String = "", fieldSelector: String = "") {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
    }
}

/// Keeps one cache as new as the server: lists, watches from the list's revision, watches again from the last revision
/// seen when a watch ends, and lists again when that revision is gone.
public struct CacheFollower: Sendable {
    let cache: ObjectCache
    let scope: Scope
    let api: any ClusterAPI
    let clock: any TimeSource
    let logger: Logger
    let backoff: Backoff
    private var failures = 0

    public init(
        _ cache: ObjectCache, scope: Scope, api: any ClusterAPI, clock: any TimeSource, logger: Logger, backoff: Backoff
    ) {
        self.cache = cache
        self.scope = scope
        self.api = api
        self.clock = clock
        self.logger = logger
        self.backoff = backoff
    }

    /// Returns when the task is cancelled.
    public mutating func run() async {
        var mustList = true
        while !Task.isCancelled {
            do {
                if mustList {
                    cache.replace(with: try await list())
                    mustList = false
                }
                // A watch that ends at once without news must not be repeated at full speed.
                if try await follow() { failures = 0 } else { await pause() }
            } catch {
                if Task.isCancelled { return }
                mustList = mustList || isGone(error) || isNotServed(error)
                logger.debug(
                    "Watching a resource failed and is tried again",
                    metadata: ["resource": "\(cache.resource)", "error": "\(error)"])
                await pause()
            }
        }
    }

    private func list() async throws -> ObjectList {
        do {
            return try await api.list(
                cache.resource, namespace: scope.namespace, labelSelector: scope.labelSelector,
                fieldSelector: scope.fieldSelector)
        } catch let error as StatusError where error.code == 404 {
            // Not served (yet, or any longer): there are none, and nobody should wait for them.
            if !cache.isSynced || cache.count > 0 {
                cache.replace(with: ObjectList(items: [], revision: cache.revision))
            }
            throw error
        }
    }

    /// Whether anything was seen before the watch ended.
    private func follow() async throws -> Bool {
        let watch = try await api.watch(
            cache.resource, namespace: scope.namespace, labelSelector: scope.labelSelector,
            fieldSelector: scope.fieldSelector, from: cache.revision)
        return try await withTaskCancellationHandler {
            defer { watch.cancel() }
            var hasSeen = false
            while let events = try await watch.next() {
                cache.apply(events)
                hasSeen = hasSeen || !events.isEmpty
            }
            return hasSeen
        } onCancel: {
            watch.cancel()
        }
    }

    private func isGone(_ error: any Error) -> Bool {
        guard let error = error as? StatusError else { return false }
        return error.code == 410 || error.reason == .expired || error.reason == .gone
    }

    private func isNotServed(_ error: any Error) -> Bool { (error as? StatusError)?.code == 404 }

    private mutating func pause() async {
        let delay = backoff.delay(afterFailures: failures)
        failures += 1
        try? await clock.sleep(for: delay)
    }
}
