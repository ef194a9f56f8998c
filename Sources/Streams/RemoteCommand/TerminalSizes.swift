import APIMachinery

/// Takes a terminal's sizes out of a stream of JSON objects (`{"Width":80,"Height":24}`), however it was cut: a value.
public struct TerminalSizes: Sendable {
    /// A longer object is no size.
    public static let maximumBytes = 1_024
    public struct Size: Equatable, Sendable {
        public var rows: Int
        public var columns: Int
        public init(rows: Int, columns: Int) {
            self.rows = rows
            self.columns = columns
        }
    }
    private var buffer: [UInt8] = []

    public init() {}

    /// The newest whole size in what has come; older ones are of no interest.
    public mutating func received(_ bytes: [UInt8]) -> Size? {
        buffer.append(contentsOf: bytes)
        var newest: Size?
        while let end = buffer.firstIndex(of: UInt8(ascii: "}")) {
            newest = Self.size(Array(buffer[...end])) ?? newest
            buffer.removeFirst(end + 1)
        }
        if buffer.count > Self.maximumBytes { buffer = [] }
        return newest
    }

    /// nil for what is no size.
    public static func size(_ bytes: [UInt8]) -> Size? {
        guard let object = try? JSON(parsing: bytes), let width = object["Width"]?.int,
            let height = object["Height"]?.int,
            (0...65_535).contains(width), (0...65_535).contains(height)
        else { return nil }
        return Size(rows: height, columns: width)
    }
}
