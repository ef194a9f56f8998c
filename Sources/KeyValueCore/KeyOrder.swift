import Glibc

/// Keys in etcd's order: byte by byte, and a prefix before what it begins.
enum KeyOrder {
    /// Negative, zero or positive, as `memcmp`.
    @inline(__always)
    static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                let common = min(left.count, right.count)
                if common > 0, let first = left.baseAddress, let second = right.baseAddress {
                    let order = memcmp(first, second, common)
                    if order != 0 { return Int(order) }
                }
                return left.count - right.count
            }
        }
    }

    /// The first index whose key is not before `key`.
    static func lowerBound(_ keys: ContiguousArray<[UInt8]>, _ key: [UInt8]) -> Int {
        keys.withUnsafeBufferPointer { keys in
            var low = 0
            var high = keys.count
            while low < high {
                let middle = (low + high) / 2
                if compare(keys[middle], key) < 0 { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    /// The first index whose key is after `key`.
    static func upperBound(_ keys: ContiguousArray<[UInt8]>, _ key: [UInt8]) -> Int {
        keys.withUnsafeBufferPointer { keys in
            var low = 0
            var high = keys.count
            while low < high {
                let middle = (low + high) / 2
                if compare(keys[middle], key) <= 0 { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }
}
