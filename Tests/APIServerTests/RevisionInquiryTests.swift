import Synchronization
import Testing

@testable import APIServer

/// One question for many, and no answer older than who asked for it.
@Suite struct RevisionInquiryTests {
    /// A store whose answers come when the test says so, each one greater than the last.
    private final class SlowStore: Sendable {
        private struct State {
            var questions = 0
            var waiting: [CheckedContinuation<Void, Never>] = []
        }
        private let state = Mutex(State())
        var questions: Int { state.withLock { $0.questions } }

        func revision() async throws -> Int64 {
            let number = state.withLock { state in
                state.questions += 1
                return state.questions
            }
            await withCheckedContinuation { continuation in
                state.withLock { $0.waiting.append(continuation) }
            }
            try Task.checkCancellation()
            return Int64(number)
        }

        func answer() async {
            while true {
                let next = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
                if let next { return next.resume() }
                await Task.yield()
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoComesDuringAQuestionWaitsForTheNextOne() async throws {
        let store = SlowStore()
        let inquiry = RevisionInquiry { try await store.revision() }
        let first = Task { try await inquiry.revision() }
        while store.questions < 1 { await Task.yield() }
        let others = (0..<50).map { _ in Task { try await inquiry.revision() } }
        try await Task.sleep(for: .milliseconds(50))
        #expect(store.questions == 1)
        await store.answer()
        #expect(try await first.value == 1)
        await store.answer()
        for other in others { #expect(try await other.value == 2) }
        #expect(store.questions == 2)
    }

    @Test(.timeLimit(.minutes(1))) func whoGivesUpLeavesTheQuestionToAnother() async throws {
        let store = SlowStore()
        let inquiry = RevisionInquiry { try await store.revision() }
        let first = Task { try await inquiry.revision() }
        while store.questions < 1 { await Task.yield() }
        let others = (0..<5).map { _ in Task { try await inquiry.revision() } }
        try await Task.sleep(for: .milliseconds(50))
        first.cancel()
        await store.answer()
        await #expect(throws: CancellationError.self) { try await first.value }
        await store.answer()
        for other in others { #expect(try await other.value == 2) }
        let later = Task { try await inquiry.revision() }
        await store.answer()
        #expect(try await later.value == 3)
    }

    private struct Broken: Error {}

    @Test(.timeLimit(.minutes(1))) func failuresAreEverybodys() async throws {
        let inquiry = RevisionInquiry { throw Broken() }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await inquiry.revision()
                        return false
                    } catch { return error is Broken }
                }
            }
            for await isBroken in group { #expect(isBroken) }
        }
    }
}
