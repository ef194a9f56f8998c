import Synchronization

/// A value that a test's closures share.
final class Box<Value: Sendable>: Sendable {
    private let stored: Mutex<Value>
    init(_ value: Value) { stored = Mutex(value) }
    var value: Value {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}

final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    /// The new count.
    @discardableResult func add(_ number: Int) -> Int {
        count.withLock {
            $0 += number
            return $0
        }
    }
}
