import Synchronization

/// The instruments of many series, made when their key is first seen and found by it afterwards.
public final class InstrumentTable<Key: Hashable & Sendable, Instruments: Sendable>: Sendable {
    /// Keys beyond this are not kept: their instruments are made anew each time, and it is for the exporter to refuse them.
    public static var limit: Int { 5_000 }

    private let known = Mutex<[Key: Instruments]>([:])
    private let make: @Sendable (Key) -> Instruments

    public init(_ make: @escaping @Sendable (Key) -> Instruments) { self.make = make }

    public subscript(key: Key) -> Instruments {
        if let found = known.withLock({ $0[key] }) { return found }
        let made = make(key)
        return known.withLock { known in
            if let found = known[key] { return found }
            if known.count < Self.limit { known[key] = made }
            return made
        }
    }
}
