import APIMachinery
import DatabaseTestKit
import Foundation
import Logging
import Synchronization
import TestKit
import Testing

@testable import Records

/// A queue that can be asked within an expectation.
private final class AskedQueue {
    private var queue: BatchQueue
    init(_ limits: BatchQueue.Limits) { queue = BatchQueue(limits) }
    var count: Int { queue.count }
    func add(_ event: [UInt8], now: Int64) -> Bool { queue.add(event, now: now) }
    func next(now: Int64, isLast: Bool = false) -> BatchQueue.Step { queue.next(now: now, isLast: isLast) }
}

@Suite struct BatchQueueTests {
    private static let second: Int64 = 1_000_000_000

    @Test func aBatchGoesWhenItIsFullOrItsFirstEventHasWaited() {
        var limits = BatchQueue.Limits()
        limits.batch = 3
        limits.waitNanoseconds = 30 * Self.second
        limits.throttle = nil
        let queue = AskedQueue(limits)
        #expect(queue.next(now: 0) == .rest)
        #expect(queue.add([1], now: 5 * Self.second))
        #expect(queue.add([2], now: 9 * Self.second))
        #expect(queue.next(now: 10 * Self.second) == .wait(until: 35 * Self.second))
        #expect(queue.next(now: 35 * Self.second) == .send([[1], [2]]))
        for number in 3...6 { #expect(queue.add([UInt8(number)], now: 40 * Self.second)) }
        #expect(queue.next(now: 40 * Self.second) == .send([[3], [4], [5]]))
        #expect(queue.next(now: 40 * Self.second) == .wait(until: 70 * Self.second))
        // At the end nothing waits for company.
        #expect(queue.next(now: 40 * Self.second, isLast: true) == .send([[6]]))
        #expect(queue.next(now: 40 * Self.second, isLast: true) == .rest)
    }

    @Test func whatFindsNoRoomIsLostAndNothingElse() {
        var limits = BatchQueue.Limits()
        limits.waiting = 2
        limits.waitingBytes = 10
        limits.waitNanoseconds = 0
        limits.throttle = nil
        let queue = AskedQueue(limits)
        #expect(!queue.add(Array(repeating: 0, count: 11), now: 0))
        #expect(queue.add([1, 1, 1, 1, 1, 1], now: 0))
        #expect(!queue.add([2, 2, 2, 2, 2], now: 0))
        #expect(queue.add([3], now: 0))
        #expect(!queue.add([4], now: 0))
        #expect(queue.count == 2)
        #expect(queue.next(now: 0) == .send([[1, 1, 1, 1, 1, 1], [3]]))
        #expect(queue.add(Array(repeating: 5, count: 10), now: 0))
    }

    @Test func batchesAreHeldToTheirRateAfterABurst() {
        var limits = BatchQueue.Limits()
        limits.batch = 1
        limits.throttle = .init(perSecond: 2, burst: 2)
        let queue = AskedQueue(limits)
        for number in 0..<4 { #expect(queue.add([UInt8(number)], now: 0)) }
        #expect(queue.next(now: 0) == .send([[0]]))
        #expect(queue.next(now: 0) == .send([[1]]))
        guard case .wait(let moment) = queue.next(now: 0) else {
            Issue.record("the third batch has no turn yet")
            return
        }
        #expect((Self.second / 2...Self.second / 2 + 2).contains(moment))
        #expect(queue.next(now: moment) == .send([[2]]))
    }
}

@Suite struct AuditStreamTests {
    private struct Away: Error {}
    private static func event(_ number: Int, stage: String = "ResponseComplete") -> JSON {
        [
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": JSON("id-\(number)"), "stage": JSON(stage),
            "level": "Metadata",
        ]
    }
    private static func settings() -> AuditStream.Settings {
        var settings = AuditStream.Settings()
        settings.maxWait = .milliseconds(1)
        settings.initialBackoff = .milliseconds(1)
        settings.throttle = nil
        return settings
    }

    @Test(.timeLimit(.minutes(1))) func batchesArriveInOrderAlsoWhenTheFirstAttemptsFail() async throws {
        let attempts = Mutex(0)
        let arrived = Mutex<[[UInt8]]>([])
        var settings = Self.settings()
        settings.maxSize = 7
        let stream = AuditStream("webhook", mode: .batch, settings: settings, logger: quiet) { events in
            let attempt = attempts.withLock { number -> Int in
                number += 1; return number
            }
            if attempt % 3 != 0 { throw Away() }
            #expect(events.count <= 7)
            arrived.withLock { $0 += events }
        }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await stream.run() }
            for number in 0..<50 { try? await stream.record(Self.event(number)) }
            while arrived.withLock({ $0.count }) < 50 { await pause() }
            tasks.cancelAll()
        }
        #expect(arrived.withLock { $0 } == (0..<50).map { Self.event($0).bytes })
    }

    @Test(.timeLimit(.minutes(1))) func whatWaitsIsSentAtTheEnd() async throws {
        let arrived = Mutex(0)
        var settings = Self.settings()
        settings.maxWait = .seconds(600)
        let stream = AuditStream("webhook", mode: .batch, settings: settings, logger: quiet) { events in
            arrived.withLock { $0 += events.count }
        }
        for number in 0..<5 { try await stream.record(Self.event(number)) }
        let task = Task { await stream.run() }
        task.cancel()
        await task.value
        #expect(arrived.withLock { $0 } == 5)
    }

    @Test func aFullBufferLosesEventsAndSaysSo() async throws {
        var settings = Self.settings()
        settings.bufferSize = 2
        let stream = AuditStream("webhook", mode: .batch, settings: settings, logger: quiet) { _ in }
        try await stream.record(Self.event(1))
        try await stream.record(Self.event(2))
        let lost = await #expect(throws: AuditStream.Lost.self) { try await stream.record(Self.event(3)) }
        #expect(lost?.description == "audit buffer queue is full")
        #expect(lost?.isRequired == false)
    }

    @Test func onlyStrictModeNeedsTheFirstStage() async throws {
        for (mode, stage, isRequired) in [
            (AuditStream.Mode.blocking, "RequestReceived", false), (.blockingStrict, "RequestReceived", true),
            (.blockingStrict, "ResponseComplete", false),
        ] {
            let attempts = Mutex(0)
            let stream = AuditStream("webhook", mode: mode, settings: Self.settings(), logger: quiet) { _ in
                attempts.withLock { $0 += 1 }
                throw Away()
            }
            let lost = await #expect(throws: AuditStream.Lost.self) {
                try await stream.record(Self.event(1, stage: stage))
            }
            #expect(lost?.isRequired == isRequired)
            #expect(attempts.withLock { $0 } == 5)
        }
    }

    @Test func aListOfEventsIsOneOfTheirGroup() throws {
        let list = try JSON(parsing: AuditEventList.text([Self.event(1).bytes, Self.event(2).bytes]))
        #expect(list["kind"]?.string == "EventList")
        #expect(list["apiVersion"]?.string == "audit.k8s.io/v1")
        #expect(list["items"]?.elements.map { $0["auditID"]?.string } == ["id-1", "id-2"])
        #expect(list["items"]?.elements.first?["kind"] == nil)
        #expect(try JSON(parsing: AuditEventList.text([]))["items"]?.elements.isEmpty == true)
    }

    @Test func aLogThatHasGrownIsSetAside() throws {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/audit.log"
        let log = try AuditLogFile(path: path, maximumBytes: 300, maximumBackups: 2)
        for number in 0..<20 { try log.append([Self.event(number).bytes]) }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.utf8.count <= 300)
        #expect(text.hasSuffix("\"auditID\":\"id-19\",\"stage\":\"ResponseComplete\",\"level\":\"Metadata\"}\n"))
        #expect(AuditLogFile.backups(of: path).count == 2)
        // Another start goes on where the last one ended.
        let again = try AuditLogFile(path: path, maximumBytes: 1 << 20)
        try again.append([[0x7B, 0x7D]])
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text + "{}\n")
        #expect(throws: AuditLogFile.Failure.self) { try AuditLogFile(path: "\(directory.path)/none/audit.log") }
    }
}
