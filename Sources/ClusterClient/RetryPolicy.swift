import Basics

/// Which failed call is made again, and when.
struct RetryPolicy: Sendable {
    enum Failure: Equatable {
        /// The server has not seen the call.
        case notSent
        /// It may have been carried out.
        case unknown
        case timedOut
        case answered(code: Int, retryAfterSeconds: Int?)
    }
    /// The longest that a server's wish to wait is followed; who asks for more gets the error.
    static let longestWish = 10
    static let backoff = Backoff(base: .milliseconds(100), limit: .seconds(100), jitter: 0)

    let tries: Int

    /// How long to wait before the next try; nil when the failure is the caller's. `attempt` counts from 1.
    func pause(after failure: Failure, attempt: Int, isRead: Bool) -> Duration? {
        guard attempt < tries else { return nil }
        let pause = Self.backoff.longestDelay(afterFailures: attempt - 1)
        switch failure {
        case .notSent: return pause
        case .unknown: return isRead ? pause : nil
        // It has cost enough already.
        case .timedOut: return nil
        case .answered(429, nil): return pause
        case .answered(let code, let seconds?) where code == 429 || code >= 500:
            return seconds <= Self.longestWish ? max(.seconds(seconds), pause) : nil
        case .answered: return nil
        }
    }
}
