import Basics
import Crypto
import Glibc

/// Writes a tar file (POSIX.1-1988 ustar, with pax headers for what does not fit), and the digest of it. All times are 0 and
/// all owners root, so that the same files are the same bytes.
struct TarWriter: ~Copyable {
    private let file: Int32
    private var hasher = SHA256()
    private(set) var size = 0
    private static let chunkBytes = 1 << 20

    init(_ path: String) throws(ContainerError) {
        file = try SystemCall.check("open \(path)") { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600) }
    }
    deinit { close(file) }

    enum Kind: UInt8 { case file = 0x30, link = 0x32, directory = 0x35, extended = 0x78 }

    mutating func add(_ path: String, _ entry: ImageLayer.Entry) throws {
        switch entry {
        case .directory(let mode): try header(path + "/", .directory, mode: mode)
        case .link(let target): try header(path, .link, mode: 0o777, target: target)
        case .content(let bytes, let mode):
            try header(path, .file, mode: mode, size: bytes.count)
            try write(bytes)
            try pad(bytes.count)
        case .file(let source, let mode, let size):
            try header(path, .file, mode: mode, size: size)
            try copy(source, size)
            try pad(size)
        }
    }

    /// Two empty blocks are the end. The digest in hexadecimal.
    consuming func finish() throws(ContainerError) -> (digest: String, size: Int) {
        try write([UInt8](repeating: 0, count: 1_024))
        let digest = hasher.finalize().map { $0.digits(2, radix: 16) }.joined()
        return (digest, size)
    }

    private mutating func copy(_ source: String, _ size: Int) throws {
        let input = try SystemCall.check("open \(source)") { open(source, O_RDONLY | O_CLOEXEC) }
        defer { close(input) }
        var left = size
        var buffer = [UInt8](repeating: 0, count: Self.chunkBytes)
        while left > 0 {
            let count = try Self.read(input, into: &buffer, atMost: left)
            guard count > 0 else { throw ContainerError.refused("\(source) has become shorter while it was copied") }
            try write(count == buffer.count ? buffer : Array(buffer[..<count]))
            left -= count
        }
    }

    private static func read(
        _ input: Int32, into buffer: inout [UInt8], atMost limit: Int
    ) throws -> Int {
        try buffer.withUnsafeMutableBytes { bytes in
            try SystemCall.read(input, into: UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(limit)))
        }
    }

    private mutating func header(
        _ path: String, _ kind: Kind, mode: UInt32, size: Int = 0, target: String = ""
    ) throws(ContainerError) {
        var records = ""
        var (name, target) = (path, target)
        if path.utf8.count > 100 {
            records += Self.record("path", path)
            name = String(decoding: path.utf8.suffix(100), as: UTF8.self)
        }
        if target.utf8.count > 100 {
            records += Self.record("linkpath", target)
            target = String(decoding: target.utf8.prefix(100), as: UTF8.self)
        }
        if !records.isEmpty {
            let bytes = Array(records.utf8)
            try write(Self.block("pax", .extended, mode: 0o644, size: bytes.count, target: ""))
            try write(bytes)
            try pad(bytes.count)
        }
        try write(Self.block(name, kind, mode: mode, size: size, target: target))
    }

    /// `27 path=…` and a new line: the number counts itself, too.
    static func record(_ key: String, _ value: String) -> String {
        let rest = " \(key)=\(value)\n"
        var count = rest.utf8.count
        while "\(count)".utf8.count + rest.utf8.count != count { count = "\(count)".utf8.count + rest.utf8.count }
        return "\(count)\(rest)"
    }

    private static func block(_ name: String, _ kind: Kind, mode: UInt32, size: Int, target: String) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
        }
        func octal(_ value: Int, _ digits: Int) -> String { value.digits(digits, radix: 8) }
        put(name, at: 0)
        put(octal(Int(mode), 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(size, 11), at: 124)
        put(octal(0, 11), at: 136)
        put("        ", at: 148)
        block[156] = kind.rawValue
        put(target, at: 157)
        put("ustar\0" + "00", at: 257)
        put(octal(block.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
        return block
    }

    private mutating func pad(_ count: Int) throws(ContainerError) {
        let rest = (512 - count % 512) % 512
        if rest > 0 { try write([UInt8](repeating: 0, count: rest)) }
    }
    private mutating func write(_ bytes: [UInt8]) throws(ContainerError) {
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        size += bytes.count
        var rest = bytes[...]
        while !rest.isEmpty { rest = rest.dropFirst(try SystemCall.write(file, rest)) }
    }
}

extension ImageLayer {
    /// Writes it as a tar file.
    func write(_ path: String) throws -> ImageBlob {
        var writer = try TarWriter(path)
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) { try writer.add(name, entry) }
        let (digest, size) = try writer.finish()
        return ImageBlob(digest: digest, size: size, place: .file(path))
    }
}

/// A piece of an image, which is known by its digest.
struct ImageBlob: Sendable, Equatable {
    enum Place: Sendable, Equatable {
        case file(String)
        case bytes([UInt8])
    }
    /// SHA-256 in hexadecimal.
    var digest: String
    var size: Int
    var place: Place

    init(digest: String, size: Int, place: Place) {
        self.digest = digest
        self.size = size
        self.place = place
    }
    init(_ bytes: [UInt8]) {
        digest = SHA256.hash(data: bytes).map { $0.digits(2, radix: 16) }.joined()
        size = bytes.count
        place = .bytes(bytes)
    }
}
