import APIMachinery
import ArgumentParser
import Foundation
import OutboundHTTP

/// `skiff-bench watch`: one writer at full speed and many watchers, over HTTP, of a server that is running already.
struct WatchBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Watches a ConfigMap over HTTP while it is written.")

    @Option(help: "The server, such as https://127.0.0.1:6443.")
    var server: String
    @Option(help: "The file that has the bearer token.")
    var tokenFile: String
    @Option(help: "Watchers, each on a connection of its own.")
    var watchers = 200
    @Option(help: "How long is written.")
    var seconds = 6.0

    private static let collection = "/api/v1/namespaces/default/configmaps"
    /// By which a line's number is found without reading all of it.
    private static let mark = Array(#""sequence":""#.utf8)

    func run() async throws {
        let token = try String(contentsOfFile: tokenFile, encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let name = "watched-\(UInt32.random(in: .min ... .max))"
        let writer = OutboundClient()
        let reader = OutboundClient(maximumTransfers: watchers)
        defer {
            writer.shutdown()
            reader.shutdown()
        }
        let made = try await send(writer, "POST", Self.collection, object(name, 0), token)
        let revision = made["metadata", "resourceVersion"]?.string ?? "0"
        let (arrivals, sent) = try await withThrowingTaskGroup(of: [Arrival].self) { group in
            for _ in 0..<watchers { group.addTask { try await watch(reader, token, from: revision) } }
            try await Task.sleep(for: .milliseconds(500))
            let began = ContinuousClock.now
            var sent = [began]
            while ContinuousClock.now - began < .seconds(seconds) {
                let body = object(name, sent.count)
                sent.append(.now)
                _ = try await send(writer, "PUT", "\(Self.collection)/\(name)", body, token)
            }
            // The last event of all, by which the watchers know that they are done.
            _ = try await send(writer, "DELETE", "\(Self.collection)/\(name)", nil, token)
            return (try await group.reduce(into: []) { $0 += $1 }, sent)
        }
        report(arrivals, sent)
    }

    /// When a watcher had the event of a write.
    private struct Arrival {
        var number: Int
        var at: ContinuousClock.Instant
    }

    private func report(_ arrivals: [Arrival], _ sent: [ContinuousClock.Instant]) {
        let events = arrivals.filter { $0.number > 0 && $0.number < sent.count }
        guard let first = events.map(\.at).min(), let last = events.map(\.at).max() else { return }
        let delays = events.map { ($0.at - sent[$0.number]) / .milliseconds(1) }.sorted()
        let elapsed = (last - first) / .seconds(1)
        print(
            "\(watchers) watchers: \(Int(Double(delays.count) / elapsed)) events/s of "
                + "\(Int(Double(sent.count - 1) / elapsed)) writes/s; from sending to arrival: median "
                + "\(shown(delays[delays.count / 2])) ms, p99 \(shown(delays[delays.count * 99 / 100])) ms; "
                + "\(delays.count) of \(watchers * (sent.count - 1)) events came")
    }

    private func watch(_ client: OutboundClient, _ token: String, from revision: String) async throws -> [Arrival] {
        var request = request("GET", "\(Self.collection)?watch=1&resourceVersion=\(revision)", token)
        request.usesFreshConnection = true
        request.timeout = nil
        request.maximumBodyBytes = .max
        var arrivals: [Arrival] = []
        var lines: [UInt8] = []
        for try await piece in try await client.send(request).body {
            lines += piece
            if Self.take(&lines, .now, &arrivals) { break }
        }
        return arrivals
    }

    /// Takes the whole lines out of `lines`; whether the last event was among them.
    private static func take(_ lines: inout [UInt8], _ now: ContinuousClock.Instant, _ arrivals: inout [Arrival])
        -> Bool
    {
        let (taken, isOver) = lines.withUnsafeBytes { bytes -> (Int, Bool) in
            var start = 0
            while start < bytes.count, let base = bytes.baseAddress,
                let end = memchr(base + start, 0x0A, bytes.count - start)
            {
                let next = UnsafeRawPointer(end) - base + 1
                let line = UnsafeRawBufferPointer(rebasing: bytes[start..<next])
                if line.starts(with: last) { return (bytes.count, true) }
                if let number = number(line) { arrivals.append(Arrival(number: number, at: now)) }
                start = next
            }
            return (start, false)
        }
        lines.removeFirst(taken)
        return isOver
    }
    private static let last = Array(#"{"type":"DELETED""#.utf8)

    private static func number(_ line: UnsafeRawBufferPointer) -> Int? {
        guard let base = line.baseAddress, line.count > mark.count else { return nil }
        var place = 0
        while place + mark.count < line.count, memcmp(base + place, mark, mark.count) != 0 { place += 1 }
        var number = 0
        for byte in line[(place + mark.count)...] {
            guard byte >= 0x30, byte <= 0x39 else { return number }
            number = number * 10 + Int(byte - 0x30)
        }
        return nil
    }

    private func object(_ name: String, _ number: Int) -> JSON {
        [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": JSON(name), "labels": ["app": "bench"]],
            "data": [
                "sequence": JSON(String(number)), "listen": ":8080",
                "config.yaml": "server:\n  listen: 0.0.0.0:8080\n  timeout: 30s\n  workers: 4\n",
            ],
        ]
    }

    private func request(_ method: String, _ path: String, _ token: String) -> OutboundRequest {
        var request = OutboundRequest(server + path)
        request.method = method
        request.headers = [("authorization", "Bearer \(token)"), ("accept", "application/json")]
        request.tls.isInsecure = true
        return request
    }

    private func send(
        _ client: OutboundClient, _ method: String, _ path: String, _ body: JSON?, _ token: String
    ) async throws -> JSON {
        var request = request(method, path, token)
        if let body {
            request.headers.append(("content-type", "application/json"))
            request.body = body.bytes
        }
        let response = try await client.send(request)
        let bytes = try await response.body.collect()
        guard (200..<300).contains(response.status) else {
            throw ValidationError("\(method) \(path): \(response.status) \(String(decoding: bytes, as: UTF8.self))")
        }
        return try JSON(parsing: bytes)
    }
}
