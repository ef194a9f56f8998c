import Synchronization

/// Asks a store for its newest revision, once for all who want to know at the same time. An answer counts for whoever
/// came before the question was asked, so what anybody gets is never older than their call.
final class RevisionInquiry: Sendable {
    private enum Turn {
        /// To ask, for oneself and these others.
        case ask
        case answered(Result<Int64, any Error>)
    }
    private struct State {
        var isAsking = false
        /// They came while a question was under way that is too old for them.
        var waiting: [CheckedContinuation<Turn, Never>] = []
    }
    private let state = Mutex(State())
    private let ask: @Sendable () async throws -> Int64

    init(_ ask: @escaping @Sendable () async throws -> Int64) { self.ask = ask }

    func revision() async throws -> Int64 {
        let turn = await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                if state.isAsking {
                    state.waiting.append(continuation)
                    return false
                }
                state.isAsking = true
                return true
            }
            if isFirst { continuation.resume(returning: .ask) }
        }
        if case .answered(let result) = turn { return try result.get() }
        return try await askForAll()
    }

    /// One question for those who wait by now; then the first of those who came meanwhile has the turn.
    private func askForAll() async throws -> Int64 {
        let others = state.withLock { state in
            defer { state.waiting.removeAll() }
            return state.waiting
        }
        let result: Result<Int64, any Error>
        do { result = .success(try await ask()) } catch { result = .failure(error) }
        // Who gave up has no answer for the others: one of them asks.
        var late = state.withLock { state in
            defer { state.waiting.removeAll() }
            return state.waiting
        }
        if case .failure(let error) = result, error is CancellationError {
            late = others + late
        } else {
            for other in others { other.resume(returning: .answered(result)) }
        }
        handOver(late)
        return try result.get()
    }

    private func handOver(_ late: [CheckedContinuation<Turn, Never>]) {
        let next = state.withLock { state -> CheckedContinuation<Turn, Never>? in
            state.waiting = late + state.waiting
            if state.waiting.isEmpty {
                state.isAsking = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: .ask)
    }
}
