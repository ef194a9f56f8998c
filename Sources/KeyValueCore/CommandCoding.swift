import Basics

/// The bytes of commands in the log and between members. The first byte of each value says what follows.
extension Command {
    public var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 64 + roughSize)
        switch self {
        case .transact(let transaction):
            writer.write(UInt8(1))
            transaction.encode(into: &writer)
        case .grantLease(let id, let seconds):
            writer.write(UInt8(2))
            writer.write(id)
            writer.write(seconds)
        case .revokeLease(let id):
            writer.write(UInt8(3))
            writer.write(id)
        case .compact(let revision):
            writer.write(UInt8(4))
            writer.write(revision)
        }
        return writer.bytes
    }

    private var roughSize: Int {
        guard case .transact(let transaction) = self else { return 16 }
        return (transaction.success + transaction.failure).reduce(transaction.compare.count * 128) { size, operation in
            guard case .put(let key, let value, _, _, _, _) = operation else { return size + 128 }
            return size + key.count + value.count + 32
        }
    }

    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        self = try ByteReader.read(bytes) { reader throws(ByteReaderError) in try Command(from: &reader) }
    }

    private init(from reader: inout ByteReader) throws(ByteReaderError) {
        let kind: UInt8 = try reader.read()
        switch kind {
        case 1: self = .transact(try Transaction(from: &reader, depth: 1))
        case 2: self = .grantLease(try reader.read(), timeToLiveSeconds: try reader.read())
        case 3: self = .revokeLease(try reader.read())
        case 4: self = .compact(try reader.read())
        default: throw reader.failure
        }
    }
}

extension Transaction {
    func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(truncatingIfNeeded: compare.count))
        for compare in compare { compare.encode(into: &writer) }
        for operations in [success, failure] {
            writer.write(UInt32(truncatingIfNeeded: operations.count))
            for operation in operations { operation.encode(into: &writer) }
        }
    }

    init(from reader: inout ByteReader, depth: Int) throws(ByteReaderError) {
        guard depth <= Self.maximumDepth else { throw reader.failure }
        var compare: [Compare] = []
        for _ in 0..<(try reader.readCount(ofAtLeast: 7)) { compare.append(try Compare(from: &reader)) }
        var branches: [[Operation]] = []
        for _ in 0..<2 {
            var operations: [Operation] = []
            for _ in 0..<(try reader.readCount(ofAtLeast: 7)) {
                operations.append(try Operation(from: &reader, depth: depth))
            }
            branches.append(operations)
        }
        self.init(compare: compare, success: branches[0], failure: branches[1])
    }
}

extension Operation {
    func encode(into writer: inout ByteWriter) {
        switch self {
        case .range(let request):
            writer.write(UInt8(1))
            request.encode(into: &writer)
        case .put(let key, let value, let lease, let previous, let ignoreValue, let ignoreLease):
            writer.write(UInt8(2))
            writer.write(key)
            writer.write(value)
            writer.write(lease)
            for flag in [previous, ignoreValue, ignoreLease] { writer.write(flag) }
        case .delete(let range, let previous):
            writer.write(UInt8(3))
            range.encode(into: &writer)
            writer.write(previous)
        case .transaction(let nested):
            writer.write(UInt8(4))
            nested.encode(into: &writer)
        }
    }

    init(from reader: inout ByteReader, depth: Int) throws(ByteReaderError) {
        let kind: UInt8 = try reader.read()
        switch kind {
        case 1: self = .range(try RangeRequest(from: &reader))
        case 2:
            self = .put(
                key: try reader.readBytes(), value: try reader.readBytes(), lease: try reader.read(),
                previous: try reader.readFlag(), ignoreValue: try reader.readFlag(),
                ignoreLease: try reader.readFlag())
        case 3: self = .delete(try KeyRange(from: &reader), previous: try reader.readFlag())
        case 4: self = .transaction(try Transaction(from: &reader, depth: depth + 1))
        default: throw reader.failure
        }
    }
}

extension RangeRequest {
    func encode(into writer: inout ByteWriter) {
        range.encode(into: &writer)
        writer.write(Int64(limit))
        writer.write(revision)
        for flag in [keysOnly, countOnly, serializable] { writer.write(flag) }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        let range = try KeyRange(from: &reader)
        let limit: Int64 = try reader.read()
        self.init(
            range, limit: Int(limit), revision: try reader.read(), keysOnly: try reader.readFlag(),
            countOnly: try reader.readFlag(), serializable: try reader.readFlag())
    }
}

extension KeyRange {
    func encode(into writer: inout ByteWriter) {
        writer.write(start)
        writer.write(end != nil)
        if let end { writer.write(end) }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        let start = try reader.readBytes()
        self.init(start: start, end: try reader.readFlag() ? try reader.readBytes() : nil)
    }
}

extension Compare {
    func encode(into writer: inout ByteWriter) {
        range.encode(into: &writer)
        let relations: [Relation] = [.equal, .notEqual, .greater, .less]
        writer.write(UInt8(relations.firstIndex(of: relation) ?? 0))
        switch target {
        case .createRevision(let revision):
            writer.write(UInt8(1))
            writer.write(revision)
        case .modRevision(let revision):
            writer.write(UInt8(2))
            writer.write(revision)
        case .version(let version):
            writer.write(UInt8(3))
            writer.write(version)
        case .lease(let lease):
            writer.write(UInt8(4))
            writer.write(lease)
        case .value(let value):
            writer.write(UInt8(5))
            writer.write(value)
        }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        let range = try KeyRange(from: &reader)
        let relations: [Relation] = [.equal, .notEqual, .greater, .less]
        let relation: UInt8 = try reader.read()
        guard relation < relations.count else { throw reader.failure }
        let kind: UInt8 = try reader.read()
        let target: Target
        switch kind {
        case 1: target = .createRevision(try reader.read())
        case 2: target = .modRevision(try reader.read())
        case 3: target = .version(try reader.read())
        case 4: target = .lease(try reader.read())
        case 5: target = .value(try reader.readBytes())
        default: throw reader.failure
        }
        self.init(range: range, target: target, relation: relations[Int(relation)])
    }
}
