import Foundation
import KeyValueCore

// Keys and their values between the model's words and etcd's messages.

extension KeyRange {
    /// etcd's pair of bytes: no end is the single key, the byte 0 as end is everything from `key` on.
    package init(key: Data, end: Data) {
        self.init(start: [UInt8](key), end: end.isEmpty ? nil : [UInt8](end))
    }

    /// etcd's form of the end: empty for a single key.
    package var messageEnd: Data { Data(end ?? []) }
}

extension Mvccpb_KeyValue {
    package init(_ keyValue: KeyValue, withValue: Bool = true) {
        self.init()
        key = Data(keyValue.key)
        createRevision = keyValue.createRevision
        modRevision = keyValue.modRevision
        version = keyValue.version
        if withValue { value = Data(keyValue.value) }
        lease = keyValue.lease
    }
}

extension KeyValue {
    package init(_ message: Mvccpb_KeyValue) {
        self.init(
            key: [UInt8](message.key), value: [UInt8](message.value), createRevision: message.createRevision,
            modRevision: message.modRevision, version: message.version, lease: message.lease)
    }
}
