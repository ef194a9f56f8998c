/// A connection, as a value: whether it takes calls, and how many bytes of all its calls are under way.
struct CallConnectionState {
    enum Phase: Equatable {
        /// Calls are taken. Exits: `stop`, `tasksEnded`, `closed`.
        case serving
        /// No further calls are taken; those that there are go on. Exits: `tasksEnded`, `closed`.
        case stopping
        /// All tasks are done; methods without a task may still have to answer. Exits: `closed`, by itself with the last
        /// of these answers.
        case ending
        /// Nothing can be sent any more. No exit.
        case closed
    }
    private(set) var phase = Phase.serving
    /// The client has sent a frame.
    private(set) var hasHeard = false
    /// Bytes that the clients' methods have not taken.
    private(set) var heldBytes = 0
    /// Bytes that are not on the network yet.
    private(set) var unsentBytes = 0
    /// Bytes by which the client's window for the connection is smaller than it was.
    private var owedBytes = 0
    /// Calls without a task that have not been answered.
    private var directCalls = 0

    var takesCalls: Bool { phase == .serving }

    // MARK: The end

    /// Returns whether this is news.
    mutating func stop() -> Bool {
        guard phase == .serving else { return false }
        phase = .stopping
        return true
    }

    /// All tasks are done; returns whether the connection may be closed.
    mutating func tasksEnded() -> Bool {
        if phase != .closed { phase = .ending }
        return directCalls == 0
    }

    mutating func closed() { phase = .closed }

    mutating func directCallBegan() { directCalls += 1 }

    /// Returns whether the connection may be closed, as this was the last answer that was waited for.
    mutating func directCallAnswered() -> Bool {
        directCalls -= 1
        return directCalls == 0 && phase == .ending
    }

    // MARK: Bytes

    mutating func heard() { hasHeard = true }

    /// Bytes have come, on whatever stream; returns how many more the client may be told to send.
    mutating func received(flowBytes: Int, _ limits: CallLimits) -> Int? {
        owedBytes += flowBytes
        guard owedBytes >= limits.connectionWindowBytes / 2 else { return nil }
        defer { owedBytes = 0 }
        return owedBytes
    }

    /// They wait for a method.
    mutating func held(_ bytes: Int) { heldBytes += bytes }
    /// They wait no longer: a method has taken them, or its call is over.
    mutating func released(_ bytes: Int) { heldBytes -= bytes }
    mutating func queued(_ bytes: Int) { unsentBytes += bytes }
    mutating func sent(_ bytes: Int) { unsentBytes -= bytes }

    /// Whether more waits for methods than may.
    func holdsTooMuch(_ limits: CallLimits) -> Bool { heldBytes > limits.connectionRequestBytes }
    /// Whether further calls may begin, as the client has taken enough of its answers.
    func hasCapacity(_ limits: CallLimits) -> Bool { unsentBytes < limits.connectionAnswerBytes }
}
