/// A call in progress, as a value: how far its client and its method are, and how many bytes are under way each way.
///
/// A method that takes one message begins with that; one that takes many has begun at once. A call ends by being
/// forgotten: `finish` of its connection, its client's reset, or the connection's end.
struct CallState {
    private let takesOneRequest: Bool
    /// The method runs. Never taken back.
    private(set) var hasBegun: Bool
    /// The client will send no more. Never taken back.
    private(set) var hasEnded = false
    /// The headers of the answer are written. Never taken back.
    private(set) var hasHead = false
    /// Bytes from the client that the method has not taken.
    private(set) var heldBytes = 0
    /// Bytes by which the client's window is smaller than it was.
    private(set) var owedBytes = 0
    /// Bytes for the client that are not on the network yet.
    private(set) var unsentBytes = 0

    init(takesOneRequest: Bool) {
        self.takesOneRequest = takesOneRequest
        hasBegun = !takesOneRequest
    }

    // MARK: From the client

    mutating func received(_ bytes: Int, flowBytes: Int, isEnd: Bool) {
        heldBytes += bytes
        owedBytes += flowBytes
        hasEnded = hasEnded || isEnd
    }

    enum Arrival: Equatable {
        /// The method begins with the message.
        case begins
        /// It is the next one for a method that runs.
        case follows
    }

    /// A whole message is there. Throws what the call ends with if there must be none.
    mutating func messageArrived() throws(CallError) -> Arrival {
        if !takesOneRequest { return .follows }
        if hasBegun { throw CallError(.internalError, "grpc: a second message for a method that takes one") }
        hasBegun = true
        return .begins
    }

    /// The client has said all. Returns what the call ends with if that was not enough.
    mutating func clientEnded() -> CallError? {
        hasEnded = true
        return hasBegun ? nil : CallError(.internalError, "grpc: the call ended without its message")
    }

    /// The method has taken so much; returns how much of that was held.
    mutating func taken(_ bytes: Int) -> Int {
        let bytes = min(bytes, heldBytes)
        heldBytes -= bytes
        return bytes
    }

    /// How much more the client may send now, if it is worth telling: when half of its window is used up, and the
    /// method keeps up with what has come. `incompleteBytes` belong to a message that is not whole yet.
    mutating func credit(incompleteBytes: Int, _ limits: CallLimits) -> Int? {
        guard !hasEnded, owedBytes >= limits.windowBytes / 2,
            takesOneRequest || heldBytes - incompleteBytes < limits.windowBytes
        else { return nil }
        defer { owedBytes = 0 }
        return owedBytes
    }

    // MARK: To the client

    /// So much is to be sent; returns whether the headers have to be written before.
    mutating func queued(_ bytes: Int) -> Bool {
        unsentBytes += bytes
        defer { hasHead = true }
        return !hasHead
    }

    mutating func sent(_ bytes: Int) { unsentBytes -= bytes }

    /// Whether the method may write another message.
    func hasCapacity(_ limits: CallLimits) -> Bool { unsentBytes < limits.streamAnswerBytes }
}
