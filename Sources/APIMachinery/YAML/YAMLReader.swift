// libyaml's events, which Yams carries: Yams' own trees are built by recursion, resolve scalars by regular expressions and
// keep neither keys that came twice nor a bound on what aliases stand for.
internal import CYaml

/// Takes libyaml's events from a text and hands them to a `YAMLBuilder`.
struct YAMLReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    static func documents(_ bytes: [UInt8]) throws(YAMLError) -> [YAML.Document] {
        let outcome: Result<[YAML.Document], YAMLError> = bytes.withUnsafeBufferPointer { text in
            let reader = YAMLReader(text)
            do throws(YAMLError) {
                return .success(try reader.documents())
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// `text` must outlive the reader.
    private init(_ text: UnsafeBufferPointer<UInt8>) {
        parser = .allocate(capacity: 1)
        yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    private borrowing func documents() throws(YAMLError) -> [YAML.Document] {
        var documents: [YAML.Document] = []
        var builder = YAMLBuilder()
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
            defer { yaml_event_delete(&event) }
            let line = Int(event.start_mark.line) + 1
            do throws(YAMLBuilder.Failure) {
                switch event.type {
                case YAML_STREAM_END_EVENT: return documents
                case YAML_DOCUMENT_START_EVENT: builder = YAMLBuilder()
                case YAML_DOCUMENT_END_EVENT:
                    if let document = builder.document { documents.append(document) }
                default: try builder.take(event, line: line)
                }
            } catch {
                throw YAMLError(line: line, column: Int(event.start_mark.column) + 1, reason: error.reason)
            }
        }
    }

    private var failure: YAMLError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read"
        let mark = parser.pointee.error == YAML_READER_ERROR ? parser.pointee.mark : parser.pointee.problem_mark
        return YAMLError(line: Int(mark.line) + 1, column: Int(mark.column) + 1, reason: problem)
    }
}

extension YAMLBuilder {
    fileprivate mutating func take(_ event: yaml_event_t, line: Int) throws(Failure) {
        switch event.type {
        case YAML_ALIAS_EVENT: try alias(text(event.data.alias.anchor) ?? "", line: line)
        case YAML_SCALAR_EVENT:
            let data = event.data.scalar
            let content = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
            let isPlain = data.plain_implicit == 1 && data.style == YAML_PLAIN_SCALAR_STYLE
            try scalar(content, tag: text(data.tag), isPlain: isPlain, anchor: text(data.anchor), line: line)
        case YAML_SEQUENCE_START_EVENT: try open(.sequence, anchor: text(event.data.sequence_start.anchor), line: line)
        case YAML_MAPPING_START_EVENT: try open(.mapping, anchor: text(event.data.mapping_start.anchor), line: line)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: try close()
        default: break
        }
    }

    private func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        bytes.map { String(cString: $0) }
    }
}
