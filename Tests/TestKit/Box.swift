import Synchronization

/// A value that a test's closures share.
public final class Box<Value: Sendable>: Sendable {
    private let stored: Mutex<Value>
    public init(_ value: Value) { stored = Mutex(value) }
    public var value: Value {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}

/// A number that a test's tasks count up.
public final class Counter: Sendable {
    private let count = Mutex(0)
    public init() {}
    public var value: Int { count.withLock { $0 } }
    /// The new count.
    @discardableResult public func add(_ number: Int) -> Int {
        count.withLock {
            $0 += number
            return $0
        }
    }
}
