import Basics
import NIOCore

/// What went wrong with one attempt at a request.
enum AttemptFailure: Sendable, Equatable {
    /// No connection came about: the backend has not seen the request.
    case couldNotConnect
    /// The connection ended before an answer; `wasReused` when it had been idle and the backend may just have closed it.
    case connectionLost(wasReused: Bool)
    /// No answer in time.
    case timedOut
    /// The backend answered 502, 503 or 504.
    case unavailable(status: Int)
    /// What came back is not HTTP.
    case badAnswer
}

/// Decides what follows a failed attempt at one request; keeps count of the attempts.
struct RetryPolicy: Sendable {
    enum Decision: Sendable, Equatable {
        case retry(after: TimeAmount)
        /// Answer the client; the backend's own answer is passed on when there is one.
        case giveUp(status: Int)
    }
    static let attempts = 4
    /// No attempt begins later than this after the first.
    static let totalTime = TimeAmount.seconds(10)
    static let backoff = Backoff(base: .milliseconds(20), limit: .seconds(1), jitter: 0.5)
    static let retriedStatuses: Set<Int> = [502, 503, 504]

    /// Whether the request may be sent twice (RFC 9110 §9.2.2, or the client gave it an idempotency key).
    let isIdempotent: Bool
    let started: NIODeadline
    private(set) var failures = 0

    init(isIdempotent: Bool, started: NIODeadline) {
        self.isIdempotent = isIdempotent
        self.started = started
    }

    /// `canReplay`: all that was read of the body is still there. `budgetAllows`: the whole controller may still retry.
    /// `jitter` is between 0 and 1.
    mutating func attemptFailed(
        _ failure: AttemptFailure, canReplay: Bool, budgetAllows: Bool, now: NIODeadline, jitter: Double
    ) -> Decision {
        failures += 1
        let mayRepeat = failure == .couldNotConnect || (isIdempotent && failure != .badAnswer)
        let delay = delay(after: failure, jitter: jitter)
        guard mayRepeat, canReplay, budgetAllows, failures < Self.attempts, now + delay < started + Self.totalTime
        else { return .giveUp(status: status(of: failure)) }
        return .retry(after: delay)
    }

    /// Exponential with jitter over its upper half; none for a connection that had merely gone stale.
    private func delay(after failure: AttemptFailure, jitter: Double) -> TimeAmount {
        if failure == .connectionLost(wasReused: true), failures == 1 { return .zero }
        return TimeAmount(Self.backoff.delay(afterFailures: failures - 1, chance: jitter))
    }

    private func status(of failure: AttemptFailure) -> Int {
        switch failure {
        case .couldNotConnect, .connectionLost, .badAnswer: 502
        case .timedOut: 504
        case .unavailable(let status): status
        }
    }
}

/// Keeps retries a small share of all requests, so that they do not bring down what is left of a failing service.
struct RetryBudget: Sendable {
    /// Each request earns a fifth of a retry; as many again per second are free.
    static let earnedPerRequest = 0.2
    static let earnedPerSecond = 20.0
    static let most = 200.0

    private var balance = RetryBudget.most
    private var last: NIODeadline

    init(now: NIODeadline) { last = now }

    mutating func requestCame() { balance = min(Self.most, balance + Self.earnedPerRequest) }

    /// Whether a retry may be made now; true takes it.
    mutating func take(now: NIODeadline) -> Bool {
        let seconds = Double((now - last).nanoseconds) / 1e9
        last = now
        balance = min(Self.most, balance + max(0, seconds) * Self.earnedPerSecond)
        guard balance >= 1 else { return false }
        balance -= 1
        return true
    }
}
