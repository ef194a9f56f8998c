import EtcdFront
import EtcdStore
import GRPCCore
import GRPCServer
import KeyValueCore
import Testing

@testable import EtcdClient

/// The client's values: turns of endpoints, what an error means, what a watch has received.
@Suite struct ClientValuesTests {
    // MARK: Endpoints

    @Test func endpointsAreReadFromURLs() throws {
        let plain = try EtcdEndpoint("http://127.0.0.1:2379")
        #expect(!plain.isSecure && plain.host == "127.0.0.1" && plain.port == 2379)
        let named = try EtcdEndpoint("https://etcd.example.com/")
        #expect(named.isSecure && named.host == "etcd.example.com" && named.port == 2379)
        let six = try EtcdEndpoint("https://[::1]:4001")
        #expect(six.host == "::1" && six.port == 4001 && six.description == "https://[::1]:4001")
        for bad in ["", "127.0.0.1:2379", "unix:///run/etcd", "http://", "http://a:0", "http://a:70000", "http://a/b"] {
            #expect(throws: EtcdEndpoint.Malformed.self, "\(bad)") { try EtcdEndpoint(bad) }
        }
    }

    @Test func endpointsTakeTurnsAndThoseThatFailedRest() {
        var limits = EtcdClientLimits()
        limits.restMilliseconds = 100
        limits.mostRestMilliseconds = 400
        var rotation = EndpointRotation(count: 3, limits)
        #expect((0..<4).map { _ in rotation.next(now: 0).index } == [0, 1, 2, 0])
        rotation.failed(1, now: 0, chance: 1)
        #expect(rotation.next(now: 99).index == 2)
        #expect(rotation.next(now: 99).index == 0)
        #expect(rotation.next(now: 99).index == 2)
        #expect(rotation.next(now: 100).index == 0)
        #expect(rotation.next(now: 100).index == 1)
        rotation.succeeded(1)

        rotation.failed(0, now: 1_000, chance: 1)
        rotation.failed(1, now: 1_000, chance: 0)
        rotation.failed(2, now: 1_000, chance: 1)
        let next = rotation.next(now: 1_010)
        #expect(next.index == 1 && next.waitMilliseconds == 40, "half of the rest is sure, the other half is chance")
    }

    @Test func restsDoubleUpToTheMost() {
        var limits = EtcdClientLimits()
        limits.restMilliseconds = 100
        limits.mostRestMilliseconds = 350
        var rotation = EndpointRotation(count: 1, limits)
        var rests: [Int64] = []
        for _ in 0..<4 {
            rotation.failed(0, now: 0, chance: 1)
            rests.append(rotation.next(now: 0).waitMilliseconds)
        }
        #expect(rests == [100, 200, 350, 350])
        rotation.succeeded(0)
        #expect(rotation.next(now: 0).waitMilliseconds == 0)
    }

    @Test func versionsTellWhoOrdersProgress() {
        let known = [
            ("3.3.27", false), ("3.4.23", false), ("3.4.25", true), ("3.4.37+git", true), ("3.5.7", false),
            ("3.5.8", true), ("3.6.0-rc.3", true), ("4.0.0", true), ("", false),
        ]
        for (text, orders) in known { #expect(EtcdVersion(text).ordersProgress == orders, "\(text)") }
    }

    // MARK: Errors

    @Test func errorsOfTheModelComeBackAsWhatTheyWere() {
        let limits = EtcdClientLimits()
        let errors: [any CallErrorConvertible] = [
            KeyValueError.emptyKey, KeyValueError.keyNotFound, KeyValueError.duplicateKey, KeyValueError.tooDeep,
            KeyValueError.compacted(0), KeyValueError.futureRevision(current: 0), KeyValueError.leaseNotFound(0),
            KeyValueError.leaseExists(0), StoreError.outOfSpace, StoreError.tooManyRequests,
            StoreError.requestTooLarge(limitBytes: limits.requestBytes),
        ]
        for error in errors {
            guard case .answer(let found) = AttemptFailure(RPCError(error.callError), hasDeparted: true, limits: limits)
            else {
                Issue.record("\(error) is no answer")
                continue
            }
            #expect("\(found)" == "\(error)")
        }
    }

    @Test func whatMayHaveBeenDoneIsToldFromWhatWasNot() {
        let limits = EtcdClientLimits()
        func kind(_ error: any Error, _ hasDeparted: Bool) -> String {
            switch AttemptFailure(error, hasDeparted: hasDeparted, limits: limits) {
            case .answer: "answer"
            case .nothingDone: "nothing done"
            case .unknown: "unknown"
            }
        }
        let broken = RPCError(code: .unavailable, message: "Stream unexpectedly closed.")
        #expect(kind(broken, false) == "nothing done")
        #expect(kind(broken, true) == "unknown")
        #expect(kind(RPCError(code: .deadlineExceeded, message: ""), true) == "unknown")
        #expect(kind(RPCError(code: .unavailable, message: "etcdserver: request timed out"), true) == "unknown")
        #expect(kind(RPCError(code: .unavailable, message: "etcdserver: no leader"), true) == "nothing done")
        #expect(kind(RPCError(.notSupportedForLearner), true) == "nothing done")
        #expect(kind(RPCError(code: .permissionDenied, message: "etcdserver: permission denied"), true) == "answer")
        #expect(kind(CancellationError(), true) == "answer")
    }

    // MARK: What a watch has received

    private func event(_ revision: Revision, _ key: String = "k") -> KeyValueEvent {
        KeyValueEvent(
            kind: .put,
            current: KeyValue(key: Array(key.utf8), value: [1], createRevision: 2, modRevision: revision, version: 1))
    }
    private func batch(_ buffer: inout WatchBuffer) -> StoreWatchBatch? {
        if case .batch(let batch) = buffer.take() { batch } else { nil }
    }

    @Test func fragmentsOfOneRevisionStayTogether() {
        var buffer = WatchBuffer(from: 5, limitBytes: 1_000)
        buffer.add([event(5), event(6, "a")], isWhole: false)
        #expect(batch(&buffer) == StoreWatchBatch(events: [event(5)], revision: 5))
        #expect(buffer.isIdle)
        buffer.add([event(6, "b")], isWhole: true)
        #expect(batch(&buffer) == StoreWatchBatch(events: [event(6, "a"), event(6, "b")], revision: 6))
    }

    @Test func brokenStreamsLeaveNeitherGapNorDuplicate() {
        var buffer = WatchBuffer(from: 5, limitBytes: 1_000)
        buffer.add([event(5), event(6, "a")], isWhole: false)
        buffer.forgetHalves()
        #expect(buffer.received == 5)
        buffer.add([event(5), event(6, "a"), event(6, "b")], isWhole: true)
        #expect(
            batch(&buffer) == StoreWatchBatch(events: [event(5), event(6, "a"), event(6, "b")], revision: 6))
        buffer.add([event(6, "b")], isWhole: true)
        #expect(buffer.isIdle)
    }

    @Test func wantedProgressGivesABatchEvenWithoutNews() {
        var buffer = WatchBuffer(from: 5, limitBytes: 1_000)
        buffer.want(7)
        #expect(buffer.isIdle && buffer.isBehind)
        buffer.advance(to: 6)
        #expect(batch(&buffer) == StoreWatchBatch(events: [], revision: 6))
        #expect(buffer.isBehind)
        buffer.advance(to: 8)
        #expect(batch(&buffer) == StoreWatchBatch(events: [], revision: 8))
        #expect(!buffer.isBehind)
        buffer.want(8)
        #expect(batch(&buffer) == StoreWatchBatch(events: [], revision: 8))
        #expect(buffer.isIdle)
    }

    @Test func readersThatAreTooSlowAreToldAfterWhatWasKept() throws {
        var buffer = WatchBuffer(from: 5, limitBytes: 3)
        buffer.add([event(5)], isWhole: true)
        buffer.add([event(6)], isWhole: true)
        buffer.add([event(7)], isWhole: true)
        #expect(batch(&buffer)?.revision == 6)
        guard case .ended(let error?) = buffer.take() else {
            Issue.record("it goes on")
            return
        }
        #expect(error as? StoreError == .watcherTooSlow)
    }
}

extension RPCError {
    /// The same error in the other library's words.
    fileprivate init(_ error: CallError) {
        let code = Status.Code(rawValue: error.code.rawValue).flatMap { RPCError.Code($0) }
        self.init(code: code ?? .unknown, message: error.message)
    }
}
