import APIMachinery
import Basics
import ContainerRuntime
import HTTPMessages
import HTTPServer
import KubeAPI
import Listening
import Logging

/// What a kubelet serves: to the cluster's API server in its own process as values (`page`), to all others over HTTPS (`run`),
/// if the cluster lets them (`KubeletGate`).
public struct KubeletServer: Sendable {
    /// The kubelet's port in every cluster.
    public static let port = 10_250

    public let kubelet: NodeAgent
    let logDirectory: String
    /// The page of what the process counts of this node.
    let metrics: @Sendable () async -> String
    private let gate: KubeletGate
    let volumeSizes = VolumeSizes()
    var context: PodContext { kubelet.context }

    /// `logDirectory` is the machine's, whose files `/logs/` shows.
    public init(
        _ kubelet: NodeAgent, logDirectory: String = "/var/log", metrics: @escaping @Sendable () async -> String
    ) {
        self.kubelet = kubelet
        self.logDirectory = logDirectory
        self.metrics = metrics
        gate = KubeletGate(node: kubelet.context.node, api: kubelet.context.api, clock: kubelet.context.clock)
    }

    /// Serves until the task is cancelled. Throws `ListenFailure` when the address cannot be had.
    public func run(
        at place: ListenPlace, identity: ServerIdentity, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws {
        let handler = RequestHandler(
            refusal: { problem, _ in KubeletText.answer(problem.status, problem.detail) }, answer: { await answer($0) })
        try await HTTPListener(
            place, for: "the kubelet's API", tls: identity, logger: logger, handler: handler, onListening: onListening
        ).run()
    }

    /// The answer to whoever asks over the network.
    public func answer(_ request: Request) async -> Answer {
        guard let segments = PercentEncoding.segments(ofPath: request.path) else { return KubeletText.notFound }
        if let refusal = await gate.refusal(request, path: "/" + segments.joined(separator: "/")) { return refusal }
        return await page(request, segments)
    }

    /// The answer to one who may ask everything.
    public func page(_ request: Request) async -> Answer {
        guard let segments = PercentEncoding.segments(ofPath: request.path) else { return KubeletText.notFound }
        return await page(request, segments)
    }

    private func page(_ request: Request, _ segments: [String]) async -> Answer {
        guard let query = Query(request.query) else { return KubeletText.answer(400, "Bad Request") }
        do {
            switch KubeletRoute(method: request.method, segments) {
            case .health(let check): return await health(check, isVerbose: query["verbose"] != nil)
            case .pods: return Self.list(await kubelet.pods().map(\.json))
            case .runningPods: return Self.list(try await runningPods())
            case .configuration: return Self.json(configurationPage)
            case .summary:
                let isShort = ["true", "1", "True", "TRUE", "t"].contains(query["only_cpu_and_memory"] ?? "")
                return Self.json(await summary(isShort: isShort))
            case .metrics(let page): return await metrics(page)
            case .nodeLogs(let names): return nodeLogs(names, path: request.path)
            case .containerLogs(let place, let container): return try await containerLogs(place, container, query)
            case .exec(let place, let container): return try await session(.exec, place, container, query, request)
            case .attach(let place, let container): return try await session(.attach, place, container, query, request)
            case .portForward(let place): return try await portForward(place, request)
            case .run(let place, let container): return try await run(place, container, query)
            case .checkpoint(let place, let container): return try checkpoint(place, container)
            case .notFound: return KubeletText.notFound
            case .otherMethod: return KubeletText.answer(405, "405: Method Not Allowed")
            }
        } catch {
            return KubeletText.answer(error)
        }
    }

    // MARK: Forms of answers

    static func json(_ json: JSON) -> Answer {
        Answer(status: 200, headers: [("content-type", "application/json")], body: .bytes(json.bytes))
    }
    private static func list(_ pods: [JSON]) -> Answer {
        json(["kind": "PodList", "apiVersion": "v1", "metadata": .object, "items": JSON(pods)])
    }

    // MARK: Short pages

    private func health(_ check: String?, isVerbose: Bool) async -> Answer {
        let isRunning = await kubelet.isRunning
        let checks = [("ping", true), ("log", true), ("syncloop", isRunning)]
        if let check {
            guard let found = checks.first(where: { $0.0 == check }) else { return KubeletText.notFound }
            return found.1
                ? KubeletText.answer(200, "ok") : KubeletText.answer(500, "internal server error: not running\n")
        }
        let lines = checks.map { $1 ? "[+]\($0) ok\n" : "[-]\($0) failed: reason withheld\n" }.joined()
        guard isRunning else { return KubeletText.answer(500, lines + "healthz check failed\n") }
        return KubeletText.answer(200, isVerbose ? lines + "healthz check passed\n" : "ok")
    }

    /// The pods that the runtime has, as it knows them.
    private func runningPods() async throws -> [JSON] {
        let containers = try await context.runtime.listContainers().filter { $0.state == .running }
        let bySandbox = Dictionary(grouping: containers, by: \.sandbox)
        return try await context.runtime.listPodSandbox().filter(\.isReady)
            .sorted {
                ($0.configuration.namespace, $0.configuration.name) < (
                    $1.configuration.namespace, $1.configuration.name
                )
            }
            .map { sandbox in
                let pod = sandbox.configuration
                let running = (bySandbox[sandbox.id] ?? []).sorted { $0.name < $1.name }
                return [
                    "metadata": ["name": JSON(pod.name), "namespace": JSON(pod.namespace), "uid": JSON(pod.uid)],
                    "spec": [
                        "containers": JSON(
                            running.map { ["name": JSON($0.name), "image": JSON($0.image), "resources": .object] })
                    ], "status": .object,
                ]
            }
    }

    private func checkpoint(_ place: KubeletRoute.PodPlace, _ container: String) throws -> Answer {
        let pod = try pod(place)
        guard pod.container(container) != nil else {
            return KubeletText.answer(404, "container \(container) does not exist")
        }
        let what = "\(place.namespace)/\(place.name)/\(container)"
        return KubeletText.answer(
            500, "checkpointing of \(what) failed (the runtime \(context.runtime.information.name) has no checkpoints)")
    }

    // MARK: Pods

    /// A pod of this node, as the kubelet has it in memory.
    func pod(_ place: KubeletRoute.PodPlace, absent: String = "pod does not exist") throws -> Pod {
        let pod = context.world.get(Pod.self, ObjectKey(namespace: place.namespace, name: place.name))
        guard let pod, pod.spec.nodeName == context.node else {
            throw StatusError(code: 404, reason: .notFound, message: absent)
        }
        if let uid = place.uid, uid != pod.uid {
            throw StatusError(code: 404, reason: .notFound, message: "pod not found")
        }
        return pod
    }
}
