import Basics
import KeyValueCore
import RaftCore

/// What one record of the log says: the hard state, and entries that follow (or replace) those before.
/// It is the unit of writing, so it is on disk whole or not at all.
struct LogBatch: Equatable {
    /// Counts records from 1 without gaps, through all segments.
    var number: UInt64
    var hardState: HardState
    var entries: [Entry]

    /// Bytes of a batch apart from its entries' commands.
    static let overhead = 8 + 8 + 8 + 8 + 8 + 4
    static let entryOverhead = 8 + 1 + 4

    var size: Int { entries.reduce(Self.overhead) { $0 + Self.entryOverhead + $1.command.count } }

    func encode(into writer: inout ByteWriter) {
        writer.write(number)
        writer.write(hardState.term)
        writer.write(hardState.vote?.id ?? 0)
        writer.write(hardState.committed)
        writer.write(entries.first?.index ?? 0)
        writer.write(UInt32(entries.count))
        for entry in entries {
            writer.write(entry.term)
            writer.write(entry.kind.rawValue)
            writer.write(entry.command)
        }
    }

    init(number: UInt64, hardState: HardState, entries: [Entry]) {
        self.number = number
        self.hardState = hardState
        self.entries = entries
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        number = try reader.read()
        let term: Term = try reader.read()
        let vote: UInt64 = try reader.read()
        hardState = HardState(term: term, vote: vote == 0 ? nil : Member(vote), committed: try reader.read())
        var index: Index = try reader.read()
        let count = try reader.readCount(ofAtLeast: Self.entryOverhead)
        entries = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let term: Term = try reader.read()
            guard let kind = Entry.Kind(rawValue: try reader.read()) else { throw reader.failure }
            entries.append(Entry(index: index, term: term, kind: kind, command: try reader.readBytes()))
            guard index < .max else { throw reader.failure }
            index += 1
        }
        guard reader.remaining == 0 else { throw reader.failure }
    }
}

/// The record that begins the log anew after a snapshot of another member's: no entry before it counts any more.
struct LogRestart: Equatable {
    var number: UInt64
    var hardState: HardState
    /// The last entry that the snapshot includes.
    var position: LogPosition

    static let size = 6 * 8

    func encode(into writer: inout ByteWriter) {
        for word in [
            number, hardState.term, hardState.vote?.id ?? 0, hardState.committed, position.index, position.term,
        ] {
            writer.write(word)
        }
    }

    init(number: UInt64, hardState: HardState, position: LogPosition) {
        self.number = number
        self.hardState = hardState
        self.position = position
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        number = try reader.read()
        let term: Term = try reader.read()
        let vote: UInt64 = try reader.read()
        hardState = HardState(term: term, vote: vote == 0 ? nil : Member(vote), committed: try reader.read())
        position = LogPosition(index: try reader.read(), term: try reader.read())
        guard reader.remaining == 0, position.index < .max else { throw reader.failure }
    }
}

/// What a record of the log says.
enum LogRecord: Equatable {
    case batch(LogBatch)
    case restart(LogRestart)

    var number: UInt64 {
        switch self {
        case .batch(let batch): batch.number
        case .restart(let restart): restart.number
        }
    }
}
