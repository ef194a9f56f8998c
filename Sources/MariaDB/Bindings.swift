import CMariaDB

/// A statement's parameters where libmariadb can read them.
final class Parameters {
    let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    private var buffers: [UnsafeMutableRawPointer] = []

    init(_ values: [SQLValue]) {
        binds = .allocate(capacity: values.count)
        binds.initialize(repeating: MYSQL_BIND())
        for (index, value) in values.enumerated() {
            switch value {
            case .null: binds[index].buffer_type = MYSQL_TYPE_NULL
            case .int(let number): bind(index, MYSQL_TYPE_LONGLONG, number)
            case .unsigned(let number):
                bind(index, MYSQL_TYPE_LONGLONG, number)
                binds[index].is_unsigned = 1
            case .double(let number): bind(index, MYSQL_TYPE_DOUBLE, number)
            case .text(let text): bind(index, MYSQL_TYPE_STRING, bytes: text.utf8)
            case .bytes(let bytes): bind(index, MYSQL_TYPE_BLOB, bytes: bytes)
            }
        }
    }

    deinit {
        for buffer in buffers { buffer.deallocate() }
        binds.deallocate()
    }

    private func bind(_ index: Int, _ type: enum_field_types, _ number: some BitwiseCopyable) {
        let buffer = room(8)
        buffer.storeBytes(of: number, as: Swift.type(of: number))
        binds[index].buffer_type = type
        binds[index].buffer = buffer
    }

    private func bind(_ index: Int, _ type: enum_field_types, bytes: some Collection<UInt8>) {
        let buffer = room(max(bytes.count, 1))
        UnsafeMutableRawBufferPointer(start: buffer, count: bytes.count).copyBytes(from: bytes)
        binds[index].buffer_type = type
        binds[index].buffer = buffer
        binds[index].buffer_length = UInt(bytes.count)
        binds[index].length_value = UInt(bytes.count)
    }

    private func room(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 8)
        buffers.append(buffer)
        return buffer
    }
}

/// A result's columns where libmariadb can write them, each as long as the longest value of the stored result.
final class Columns {
    private enum Form { case int, unsigned, double, text, bytes }
    /// The number of MariaDB's character set "binary".
    private static let binary: UInt32 = 63

    let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    private var buffers: [UnsafeMutableRawPointer] = []
    private let lengths: UnsafeMutableBufferPointer<UInt>
    private let nulls: UnsafeMutableBufferPointer<my_bool>
    private var forms: [Form] = []

    init(_ metadata: UnsafeMutablePointer<MYSQL_RES>) {
        let count = Int(mysql_num_fields(metadata))
        binds = .allocate(capacity: count)
        binds.initialize(repeating: MYSQL_BIND())
        lengths = .allocate(capacity: count)
        lengths.initialize(repeating: 0)
        nulls = .allocate(capacity: count)
        nulls.initialize(repeating: 0)
        guard let fields = mysql_fetch_fields(metadata) else { return }
        for index in 0..<count {
            let form = Self.form(of: fields[index])
            forms.append(form)
            let size = form == .text || form == .bytes ? Int(fields[index].max_length) : 8
            let buffer = UnsafeMutableRawPointer.allocate(byteCount: max(size, 8), alignment: 8)
            buffers.append(buffer)
            binds[index].buffer = buffer
            binds[index].buffer_length = UInt(size)
            binds[index].length = lengths.baseAddress.map { $0 + index }
            binds[index].is_null = nulls.baseAddress.map { $0 + index }
            switch form {
            case .int: binds[index].buffer_type = MYSQL_TYPE_LONGLONG
            case .unsigned:
                binds[index].buffer_type = MYSQL_TYPE_LONGLONG
                binds[index].is_unsigned = 1
            case .double: binds[index].buffer_type = MYSQL_TYPE_DOUBLE
            case .text: binds[index].buffer_type = MYSQL_TYPE_STRING
            case .bytes: binds[index].buffer_type = MYSQL_TYPE_BLOB
            }
        }
    }

    deinit {
        for buffer in buffers { buffer.deallocate() }
        binds.deallocate()
        lengths.deallocate()
        nulls.deallocate()
    }

    /// The row that was fetched last.
    func row() -> Row {
        Row(
            forms.indices.map { index -> SQLValue in
                guard nulls[index] == 0 else { return .null }
                let buffer = buffers[index]
                let bytes = UnsafeRawBufferPointer(start: buffer, count: Int(lengths[index]))
                switch forms[index] {
                case .int: return .int(buffer.load(as: Int64.self))
                case .unsigned: return .unsigned(buffer.load(as: UInt64.self))
                case .double: return .double(buffer.load(as: Double.self))
                case .text: return .text(String(decoding: bytes, as: UTF8.self))
                case .bytes: return .bytes(Array(bytes))
                }
            })
    }

    private static func form(of field: MYSQL_FIELD) -> Form {
        switch field.type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG,
            MYSQL_TYPE_YEAR:
            return field.flags & UInt32(UNSIGNED_FLAG) != 0 ? .unsigned : .int
        case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE: return .double
        case MYSQL_TYPE_TINY_BLOB, MYSQL_TYPE_BLOB, MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_LONG_BLOB, MYSQL_TYPE_STRING,
            MYSQL_TYPE_VAR_STRING, MYSQL_TYPE_VARCHAR, MYSQL_TYPE_BIT, MYSQL_TYPE_GEOMETRY:
            return field.charsetnr == binary ? .bytes : .text
        default: return .text
        }
    }
}
