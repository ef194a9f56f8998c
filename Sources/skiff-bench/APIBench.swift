import APIMachinery
import APIServer
import ArgumentParser
import EtcdStore
import Foundation
import Fuzzing
import HTTPMessages
import Synchronization

/// `skiff-bench api`: the whole pipeline in this process, without HTTP: bearer token, authorization, audit policy, watch
/// cache and a store that syncs every write.
struct APIBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api", abstract: "Gets, creates, lists and watches through the API server.")

    @OptionGroup var cluster: BenchCluster
    @Option(help: "Seconds that each case runs.")
    var seconds = 3.0
    @Option(help: "Callers at once.")
    var callers = 64
    @Option(help: "Pods in the lists.")
    var pods = 5_000
    @Option(help: "Watchers of one collection.")
    var watchers = 200

    @Option(parsing: .upToNextOption, help: "The cases to run, by the first word of their name; all without it.")
    var only: [String] = []

    func run() async throws { try await cluster.run { try await measure($0) } }

    private static let maps = "/api/v1/namespaces/default/configmaps"
    private static let podsPath = "/api/v1/namespaces/default/pods"

    private static func request(
        _ method: String, _ path: String, query: String = "", type: String = "application/json", _ body: [UInt8] = []
    ) -> Request {
        Request(
            method: method, path: path, query: query,
            headers: [
                (name: "authorization", value: "Bearer token"), (name: "accept", value: "application/json"),
                (name: "content-type", value: type), (name: "user-agent", value: "skiff-bench"),
            ], body: body, sourceAddress: "127.0.0.1")
    }

    private func measure(_ server: ClusterServer) async throws {
        let pod = SamplePod.small.grown(to: 4_600)
        let new = SamplePod.small
        let map: JSON = [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": ""],
            "data": ["key": JSON(String(repeating: "x", count: 100))],
        ]
        try await rate("create ConfigMap, \(callers) callers", callers) { caller, number in
            var object = map
            object["metadata", "name"] = JSON("m-\(caller)-\(number)")
            return await server.answer(Self.request("POST", Self.maps, object.bytes)).status == 201
        }
        try await rate("create Pod of \(new.bytes.count) bytes, \(callers) callers", callers) { caller, number in
            var object = new
            object["metadata", "name"] = JSON("p-\(caller)-\(number)")
            object["spec", "schedulerName"] = "none"
            return await server.answer(Self.request("POST", Self.podsPath, object.bytes)).status == 201
        }
        let get = Self.request("GET", "\(Self.podsPath)/p-0-0")
        try await rate("get Pod, \(callers) callers", callers) { _, _ in await server.answer(get).status == 200 }
        try await rate("merge-patch ConfigMap, 16 callers", 16) { caller, number in
            let patch: JSON = ["data": ["key": JSON("v\(number)")]]
            let request = Self.request(
                "PATCH", "\(Self.maps)/m-\(caller)-0", type: "application/merge-patch+json", patch.bytes)
            return await server.answer(request).status == 200
        }
        try await rate("put ConfigMap, 16 callers", 16) { caller, number in
            var object = map
            object["metadata", "name"] = JSON("m-\(caller)-0")
            object["data", "key"] = JSON("p\(number)")
            return await server.answer(Self.request("PUT", "\(Self.maps)/m-\(caller)-0", object.bytes)).status == 200
        }
        if isWanted("list") { try await measureLists(server, pod) }
        if isWanted("watch") { try await measureWatch(server) }
        print("resident: \(residentBytes() >> 20) MB")
    }

    private func measureLists(_ server: ClusterServer, _ pod: JSON) async throws {
        let namespace: JSON = ["kind": "Namespace", "apiVersion": "v1", "metadata": ["name": "lists"]]
        _ = await server.answer(Self.request("POST", "/api/v1/namespaces", namespace.bytes))
        for number in 0..<pods {
            var object = pod
            object["metadata", "name"] = JSON("p-\(number)")
            object["metadata", "namespace"] = "lists"
            object["metadata", "resourceVersion"] = nil
            _ = await server.answer(Self.request("POST", "/api/v1/namespaces/lists/pods", object.bytes))
        }
        let list = Self.request("GET", "/api/v1/namespaces/lists/pods")
        let size = Tally()
        try await rate("list \(pods) Pods, 8 callers", 8) { _, _ in
            guard case .stream(let stream) = await server.answer(list).body else { return false }
            var bytes = 0
            while let piece = try await stream.next() { bytes += piece.count }
            size.value.store(bytes, ordering: .relaxed)
            return bytes > 0
        }
        print("  each \(size.value.load(ordering: .relaxed) / 1_000_000) MB")
        let page = Self.request("GET", "/api/v1/namespaces/lists/pods", query: "limit=500")
        try await rate("list a page of 500 Pods, 8 callers", 8) { _, _ in
            switch await server.answer(page).body {
            case .bytes(let bytes): return !bytes.isEmpty
            case .stream(let stream):
                while try await stream.next() != nil {}
                return true
            case .tunnel: return false
            }
        }
    }

    private func measureWatch(_ server: ClusterServer) async throws {
        let version = await server.answer(Self.request("GET", Self.maps, query: "limit=1"))
        guard case .bytes(let bytes) = version.body,
            let revision = try JSON(parsing: bytes)["metadata", "resourceVersion"]?.string
        else { return }
        let received = Tally()
        let written = Tally()
        let loops = (0..<2).map { DispatchQueue(label: "loop \($0)") }
        let clock = ContinuousClock()
        let start = clock.now
        let cpu = processSeconds()
        try await withThrowingTaskGroup(of: Void.self) { group in
            var streams: [any ByteStream] = []
            for _ in 0..<watchers {
                let query = "watch=1&resourceVersion=\(revision)"
                guard case .stream(let stream) = await server.answer(Self.request("GET", Self.maps, query: query)).body
                else { continue }
                streams.append(stream)
                if let stream = stream as? any PolledStream {
                    PolledReader(stream, loops[streams.count % loops.count], received).read()
                    continue
                }
                group.addTask {
                    while let piece = try await stream.next() {
                        received.value.add(piece.count { $0 == 0x0A }, ordering: .relaxed)
                    }
                }
            }
            var number = 0
            while clock.now - start < .seconds(seconds) {
                number += 1
                let patch: JSON = ["data": ["key": JSON("w\(number)")]]
                let request = Self.request(
                    "PATCH", "\(Self.maps)/m-0-0", type: "application/merge-patch+json", patch.bytes)
                if await server.answer(request).status == 200 { written.value.add(1, ordering: .relaxed) }
            }
            let elapsed = (clock.now - start) / .seconds(1)
            let used = processSeconds() - cpu
            let count = Double(received.value.load(ordering: .relaxed))
            print(
                "\(watchers) watchers, one writer: \(Int(count / elapsed)) events/s, \(Int(count / used)) per CPU-second, "
                    + "\(Int(Double(written.value.load(ordering: .relaxed)) / elapsed)) writes/s")
            for stream in streams { stream.cancel() }
            try await group.waitForAll()
        }
    }

    /// Runs `work` by so many callers for the time of a case, and prints how often it was done.
    private func rate(
        _ name: String, _ callers: Int, _ work: @escaping @Sendable (_ caller: Int, _ number: Int) async throws -> Bool
    ) async throws {
        guard isWanted(name) else { return }
        let clock = ContinuousClock()
        let start = clock.now
        let limit = Duration.seconds(seconds)
        let cpu = processSeconds()
        let (done, failed) = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var done = 0
                    var failed = 0
                    while clock.now - start < limit {
                        if try await work(caller, done + failed) { done += 1 } else { failed += 1 }
                    }
                    return (done, failed)
                }
            }
            return try await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
        }
        let elapsed = (clock.now - start) / .seconds(1)
        let used = processSeconds() - cpu
        print(
            "\(name): \(Int(Double(done) / elapsed))/s, \(Int(Double(done) / used)) per CPU-second"
                + (failed > 0 ? ", \(failed) FAILED" : ""))
    }

    private func isWanted(_ name: String) -> Bool {
        only.isEmpty || only.contains { name.hasPrefix($0) }
    }
}

/// A number that tasks share.
private final class Tally: Sendable {
    let value = Atomic<Int>(0)
}

/// Reads a stream on a queue, as the gateway does on a connection's event loop.
private final class PolledReader: Sendable {
    private let stream: any PolledStream
    private let queue: DispatchQueue
    private let received: Tally

    init(_ stream: any PolledStream, _ queue: DispatchQueue, _ received: Tally) {
        self.stream = stream
        self.queue = queue
        self.received = received
    }

    func read() {
        queue.async { [self] in
            while case .bytes(let bytes) = stream.poll({ self.read() }) {
                received.value.add(bytes.count { $0 == 0x0A }, ordering: .relaxed)
            }
        }
    }
}
