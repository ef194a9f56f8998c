import Basics
import ControlLoops

/// One line of a container's log file (CRI log format).
struct LogLine: Equatable {
    var time: ArraySlice<UInt8>
    var isStandardError: Bool
    /// Whether the text goes on in the next line of the file.
    var isPartial: Bool
    var text: ArraySlice<UInt8>

    /// nil for what is not in the format.
    init?(_ line: ArraySlice<UInt8>) {
        let space = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: space) else { return nil }
        let afterTime = line[(first + 1)...]
        guard let second = afterTime.firstIndex(of: space) else { return nil }
        let afterStream = line[(second + 1)...]
        let third = afterStream.firstIndex(of: space) ?? line.endIndex
        let stream = line[(first + 1)..<second]
        guard stream.elementsEqual("stdout".utf8) || stream.elementsEqual("stderr".utf8) else { return nil }
        let tag = line[(second + 1)..<third]
        time = line[line.startIndex..<first]
        isStandardError = stream.elementsEqual("stderr".utf8)
        // Further tags may follow the first, separated by colons.
        isPartial = tag.first == UInt8(ascii: "P")
        text = third < line.endIndex ? line[(third + 1)...] : []
    }
}

/// Which part of a log is wanted (PodLogOptions).
public struct ContainerLogOptions: Sendable, Equatable {
    /// Empty is the pod's only one.
    public var container = ""
    public var follow = false
    public var previous = false
    public var timestamps = false
    /// RFC 3339.
    public var sinceTime: String?
    public var sinceSeconds: Int?
    public var tailLines: Int?
    public var limitBytes: Int?
    /// "stdout" or "stderr"; nil for both.
    public var stream: String?
    public init() {}
}

/// Turns lines of the file into what a client sees: a value, line by line.
struct LogRenderer {
    let showsTimestamps: Bool
    let since: Instant?
    let stream: String?
    private var limit: Int?
    private var isWithinLine = false
    private var isPastSince: Bool

    init(_ options: ContainerLogOptions, now: Instant) {
        showsTimestamps = options.timestamps
        since =
            options.sinceSeconds.map { now - .seconds($0) } ?? options.sinceTime.flatMap { Instant(rfc3339: $0) }
        stream = options.stream
        limit = options.limitBytes
        isPastSince = since == nil
    }

    var isExhausted: Bool { limit == 0 }

    mutating func render(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        guard let line = LogLine(bytes), !isExhausted else { return }
        if let stream, (stream == "stderr") != line.isStandardError { return }
        if !isPastSince, let since {
            guard let time = Instant(rfc3339: String(decoding: line.time, as: UTF8.self)), time >= since else { return }
            isPastSince = true
        }
        var rendered: [UInt8] = []
        if showsTimestamps && !isWithinLine {
            rendered.append(contentsOf: line.time)
            rendered.append(UInt8(ascii: " "))
        }
        rendered.append(contentsOf: line.text)
        if !line.isPartial { rendered.append(10) }
        isWithinLine = line.isPartial
        if let limit {
            rendered = Array(rendered.prefix(limit))
            self.limit = limit - rendered.count
        }
        output.append(contentsOf: rendered)
    }
}
