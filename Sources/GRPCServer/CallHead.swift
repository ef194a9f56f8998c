import NIOHPACK

/// What the headers of a call say.
/// Source: grpc, doc/PROTOCOL-HTTP2.md, "Requests".
struct CallHead: Sendable, Equatable {
    /// `/package.Service/Method`.
    var path = ""
    /// How long the client waits, at most; nil: as long as it takes.
    var timeoutNanoseconds: Int64?

    /// Why headers are no call's.
    enum Refusal: Error, Equatable {
        /// Not gRPC at all; an HTTP status says so.
        case http(status: Int)
        case call(CallError)
    }

    init(_ headers: HPACKHeaders) throws(Refusal) {
        var isPost = false
        var isGRPC = false
        var encoding = "identity"
        for (name, value, _) in headers {
            switch name {
            case ":path": path = value
            case ":method": isPost = value == "POST"
            case "content-type": isGRPC = value.hasPrefix("application/grpc")
            case "grpc-encoding": encoding = value
            case "grpc-timeout":
                guard let nanoseconds = Self.nanoseconds(value) else {
                    throw .call(CallError(.internalError, "malformed grpc-timeout: \(value)"))
                }
                timeoutNanoseconds = nanoseconds
            default: break
            }
        }
        if !isPost { throw .http(status: 405) }
        if !isGRPC { throw .http(status: 415) }
        if encoding != "identity" {
            throw .call(
                CallError(.unimplemented, "grpc: Decompressor is not installed for grpc-encoding \"\(encoding)\""))
        }
    }

    /// A client that would wait longer waits so long.
    static let longestNanoseconds: Int64 = 366 * 24 * 3_600_000_000_000

    /// At most eight digits and a unit.
    static func nanoseconds(_ text: String) -> Int64? {
        guard let unit = text.last, (2...9).contains(text.utf8.count), let number = Int64(text.dropLast()), number >= 0
        else { return nil }
        let factor: Int64
        switch unit {
        case "H": factor = 3_600_000_000_000
        case "M": factor = 60_000_000_000
        case "S": factor = 1_000_000_000
        case "m": factor = 1_000_000
        case "u": factor = 1_000
        case "n": factor = 1
        default: return nil
        }
        let (product, overflows) = number.multipliedReportingOverflow(by: factor)
        return overflows ? longestNanoseconds : min(product, longestNanoseconds)
    }
}

/// The headers that answer a call.
enum CallAnswer {
    static let head = HPACKHeaders([(":status", "200"), ("content-type", "application/grpc")])
    static let done = HPACKHeaders([("grpc-status", "0")])

    /// After messages.
    static func trailers(_ error: CallError) -> HPACKHeaders {
        HPACKHeaders([("grpc-status", "\(error.code.rawValue)"), ("grpc-message", escape(error.message))])
    }

    /// Instead of messages.
    static func refusal(_ error: CallError) -> HPACKHeaders {
        var headers = head
        headers.add(contentsOf: trailers(error))
        return headers
    }

    static func refusal(httpStatus: Int) -> HPACKHeaders { HPACKHeaders([(":status", "\(httpStatus)")]) }

    /// What is not printable ASCII, and the per cent sign, in hexadecimal.
    static func escape(_ message: String) -> String {
        guard message.utf8.contains(where: { !isPlain($0) }) else { return message }
        var bytes: [UInt8] = []
        for byte in message.utf8 {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "%") }
}
