/// What happens to unknown and duplicate fields in a request's object (the query parameter `fieldValidation`).
public enum FieldValidation: String, Sendable {
    case strict = "Strict", warn = "Warn", ignore = "Ignore"
}

extension StatusError {
    /// 400: the body is not an object of this kind; `why` is the sentence after the colon.
    public static func cannotBeHandled(as kind: GroupVersionKind, _ why: String) -> StatusError {
        .badRequest("\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): \(why)")
    }
}

extension SchemaType {
    /// Reads a request's object. Gives the object in the form that is stored and the sentences for the Warning header, in
    /// the order of the text where that is known, else those about duplicates first. Throws 400.
    public func readRequest(
        _ object: JSON, as kind: GroupVersionKind, duplicateFields: DuplicateFields = [], validation: FieldValidation,
        form: ReadingForm = .canonical
    ) throws(StatusError) -> (object: JSON, warnings: [String]) {
        let reading: Reading
        do {
            reading = try read(object, form: form)
        } catch {
            throw .cannotBeHandled(as: kind, error.description)
        }
        return try reading.judged(
            as: kind, duplicateFields, validation, inOrder: duplicateFields.sent.map(strictSentences))
    }
}

extension SchemaType.Reading {
    /// The object, and what is to be warned of; throws 400 where what is unknown or doubled is refused. `inOrder` are the
    /// sentences in the order of the text, where that is known.
    public func judged(
        as kind: GroupVersionKind, _ duplicateFields: DuplicateFields, _ validation: FieldValidation,
        inOrder: [String]? = nil
    ) throws(StatusError) -> (object: JSON, warnings: [String]) {
        if validation == .ignore || duplicateFields.paths.isEmpty && unknownFields.isEmpty {
            return (value, [])
        }
        let sentences =
            inOrder
            ?? duplicateFields.paths.map { "duplicate field \"\($0)\"" }
            + unknownFields.map { "unknown field \"\($0)\"" }
        if validation == .strict, !sentences.isEmpty {
            throw .cannotBeHandled(as: kind, "strict decoding error: \(sentences.joined(separator: ", "))")
        }
        return (value, sentences)
    }
}
