import ArgumentParser
import Basics
import EtcdStore
import Foundation
import Fuzzing
import KeyValueCore

/// `skiff-bench store`: what the embedded store does in this process, without HTTP or gRPC.
struct StoreBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Writes, reads and reopens an embedded store.")

    @Option(help: "Where the store is made; it is removed afterwards.")
    var directory = FileManager.default.temporaryDirectory.appendingPathComponent("skiff-bench-store").path
    @Option(help: "Bytes of each value.")
    var valueBytes = 1_024
    @Option(help: "Seconds that each number of writers writes.")
    var seconds = 3.0
    @Option(parsing: .upToNextOption, help: "Numbers of writers.")
    var writers = [1, 64, 256]
    @Option(parsing: .upToNextOption, help: "Numbers of watchers.")
    var watchers = [1, 100, 1_000]
    @Option(parsing: .upToNextOption, help: "Numbers of keys at which growth is measured.")
    var keys = [1_000, 100_000, 1_000_000]

    func run() async throws {
        try? FileManager.default.removeItem(atPath: directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try await EmbeddedStore.open(directory: directory)
        for count in writers { try await measurePuts(store, writers: count, keys: 10_000, "") }
        for count in watchers { try await measureWatches(store, count) }
        await store.close()
        for count in keys { try await measureGrowth(count) }
    }

    // MARK: Growth

    private func measureGrowth(_ count: Int) async throws {
        try? FileManager.default.removeItem(atPath: directory)
        var limits = StoreLimits()
        limits.historyRevisions = 1_000
        let before = residentBytes()
        let store = try await EmbeddedStore.open(directory: directory, limits: limits)
        let fill = try await seconds { try await self.fill(store, count) }
        print("\(count) keys: filled in \(shown(fill)) s (\(Int(Double(count) / fill))/s)")
        try await store.compact(store.revision)
        try await Task.sleep(for: .seconds(1))
        let resident = residentBytes() - before
        print("\(count) keys: \(resident >> 20) MB resident, \(resident / count) bytes per key")
        try await measureReads(store, count)
        try await measurePuts(store, writers: 64, keys: count, "\(count) keys: ")
        print("\(count) keys: \(try await store.status().sizeInBytes >> 20) MB on disk")
        await store.close()
        let opening = try await seconds {
            let store = try await EmbeddedStore.open(directory: directory, limits: limits)
            await store.close()
        }
        print("\(count) keys: opened in \(shown(opening * 1_000)) ms")
    }

    private func fill(_ store: EmbeddedStore, _ count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<256 {
                group.addTask {
                    for number in stride(from: writer, to: count, by: 256) {
                        _ = try await store.transact(put(number))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func measureReads(_ store: EmbeddedStore, _ count: Int) async throws {
        let runs = 100_000
        var generator = SystemRandomNumberGenerator()
        let gets = try await seconds {
            for _ in 0..<runs {
                let number = Int.random(in: 0..<count, using: &generator)
                _ = try await store.range(RangeRequest(.key(Self.key(number))))
            }
        }
        print("\(count) keys: get \(shown(gets / Double(runs) * 1e6)) µs")
        let lists = 1_000
        let ranges = try await seconds {
            for _ in 0..<lists {
                let start = Self.key(Int.random(in: 0..<count, using: &generator))
                let request = RangeRequest(KeyRange(start: start, end: [0]), limit: 1_000)
                _ = try await store.range(request)
            }
        }
        print("\(count) keys: range of 1,000 \(shown(ranges / Double(lists) * 1e6)) µs")
    }

    // MARK: Writing

    private func measurePuts(_ store: EmbeddedStore, writers: Int, keys: Int, _ title: String) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        let cpu = processorSeconds()
        let latencies = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<writers {
                group.addTask {
                    var latencies: [Double] = []
                    while ContinuousClock.now < end {
                        let start = ContinuousClock.now
                        _ = try await store.transact(put(Int.random(in: 0..<keys)))
                        latencies.append((ContinuousClock.now - start) / .microseconds(1))
                    }
                    return latencies
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }.sorted()
        let used = (processorSeconds() - cpu) / Double(latencies.count) * 1e6
        let rate = Int(Double(latencies.count) / seconds)
        print(
            "\(title)put, \(writers) writers: \(rate)/s, median \(Int(latencies[latencies.count / 2])) µs, "
                + "p99 \(Int(latencies[latencies.count * 99 / 100])) µs, \(shown(used)) µs of processor each")
    }

    // MARK: Watching

    /// 16 writers write while all watchers watch everything.
    private func measureWatches(_ store: EmbeddedStore, _ count: Int) async throws {
        let watches = try await (0..<count).asyncMap { _ in
            try await store.watch(.prefix([]), from: 0, previousValues: true)
        }
        let readers = watches.map { watch in
            Task {
                var events = 0
                while let batch = try await watch.next() { events += batch.events.count }
                return events
            }
        }
        let cpu = processorSeconds()
        try await measurePuts(store, writers: 16, keys: 10_000, "\(count) watchers: ")
        for watch in watches { watch.cancel() }
        var events = 0
        for reader in readers { events += try await reader.value }
        let used = (processorSeconds() - cpu) / Double(max(events, 1)) * 1e6
        print("\(count) watchers: \(Int(Double(events) / seconds)) events/s, \(shown(used)) µs of processor each")
    }

    private static func key(_ number: Int) -> [UInt8] {
        Array("/registry/configmaps/default/\(number.digits(8))".utf8)
    }

    /// Every value has bytes of its own, as if it had come over a wire.
    private func put(_ number: Int) -> Transaction {
        let value = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: valueBytes)
        return Transaction(success: [.put(key: Self.key(number), value: value)])
    }

    private func seconds(_ work: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await work()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// Processor time that this process has used, in seconds.
    private func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return Double(seconds) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }
}

extension Sequence {
    /// `map` for work that waits, one after the other.
    fileprivate func asyncMap<T>(_ body: (Element) async throws -> T) async rethrows -> [T] {
        var result: [T] = []
        for element in self { result.append(try await body(element)) }
        return result
    }
}
