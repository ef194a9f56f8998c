import APIMachinery
import APIServer
import Benchmark
import EtcdStore
import Logging

/// The API server in this process on a disk in memory: what is left is computing.
final class Cluster: Sendable {
    let server: ClusterServer
    private let running: Task<Void, any Error>

    init() async throws {
        var logger = Logger(label: "benchmarks")
        logger.logLevel = .error
        let store = try await EmbeddedStore.open(disk: SimulatedDisk(), clock: MonotonicClock(), logger: logger)
        let admin = UserInfo(name: "admin", groups: ["system:masters"])
        let server = ClusterServer(store: store, authenticators: [BearerToken("token", for: admin)], log: logger)
        self.server = server
        running = Task { try await server.run() }
        try await server.waitUntilReady()
    }
    deinit { running.cancel() }

    func answer(_ method: String, _ path: String, query: String = "", _ body: [UInt8] = []) async -> Answer {
        await server.answer(
            Request(
                method: method, path: path, query: query,
                headers: [
                    (name: "authorization", value: "Bearer token"), (name: "accept", value: "application/json"),
                    (name: "content-type", value: "application/json"), (name: "user-agent", value: "benchmarks"),
                ], body: body, sourceAddress: "127.0.0.1"))
    }
}

/// Requests through the whole pipeline: token, authorization, audit policy, validation, store, watch cache.
func measurePipeline() {
    let pods = "/api/v1/namespaces/default/pods"
    let maps = "/api/v1/namespaces/default/configmaps"
    Benchmark("API server: create a pod") { (benchmark, cluster: Cluster) async in
        for number in benchmark.scaledIterations {
            var pod = SamplePod.small
            pod["metadata", "name"] = JSON("p-\(benchmark.currentIteration)-\(number)")
            let answer = await cluster.answer("POST", pods, pod.bytes)
            if answer.status != 201 { benchmark.error("a pod was answered with \(answer.status)") }
        }
    } setup: {
        try await Cluster()
    }
    Benchmark("API server: get a pod") { (benchmark, cluster: Cluster) async in
        for _ in benchmark.scaledIterations { blackHole(await cluster.answer("GET", "\(pods)/p")) }
    } setup: {
        let cluster = try await Cluster()
        var pod = SamplePod.small
        pod["metadata", "name"] = "p"
        _ = await cluster.answer("POST", pods, pod.bytes)
        return cluster
    }
    Benchmark("API server: one change for 100 watchers") { (benchmark, watched: Watched) async throws in
        for number in benchmark.scaledIterations {
            let patch: JSON = ["data": ["number": JSON("\(benchmark.currentIteration)-\(number)")]]
            _ = await watched.cluster.server.answer(
                Request(
                    method: "PATCH", path: "\(maps)/m",
                    headers: [
                        (name: "authorization", value: "Bearer token"),
                        (name: "content-type", value: "application/merge-patch+json"),
                    ], body: patch.bytes))
            for stream in watched.streams { blackHole(try await stream.next()) }
        }
    } setup: {
        let cluster = try await Cluster()
        let map: JSON = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "m"]]
        let made = await cluster.answer("POST", maps, map.bytes)
        guard case .bytes(let bytes) = made.body else { return Watched(cluster: cluster, streams: []) }
        let revision = try JSON(parsing: bytes)["metadata", "resourceVersion"]?.string ?? ""
        var streams: [any ByteStream] = []
        for _ in 0..<100 {
            let answer = await cluster.answer("GET", maps, query: "watch=1&resourceVersion=\(revision)")
            if case .stream(let stream) = answer.body { streams.append(stream) }
        }
        return Watched(cluster: cluster, streams: streams)
    }
}

private struct Watched: Sendable {
    var cluster: Cluster
    var streams: [any ByteStream]
}
