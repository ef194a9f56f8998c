import APIMachinery

/// The conditions of a status that are metav1.Conditions.
enum ConditionRules {
    private static let maximumReasonBytes = 1024
    private static let maximumMessageBytes = 32768

    /// Checks `conditions` of a status.
    static func check(_ checker: inout FieldChecker, _ status: JSON) {
        var seen: Set<String> = []
        checker.each("conditions", of: status) { checker, condition in
            if !seen.insert(condition["type"]?.string ?? "").inserted {
                checker.duplicate("type", condition["type"])
            }
            checker.requireText("type", of: condition, Validation.isQualifiedName)
            checker.oneOf("status", of: condition, ["False", "True", "Unknown"])
            checker.nonNegative("observedGeneration", of: condition)
            if condition.lacks("lastTransitionTime") { checker.required("lastTransitionTime") }
            let reason = condition["reason"]?.string ?? ""
            if reason.isEmpty {
                checker.required("reason")
            } else if !isReason(reason) {
                checker.invalid("reason", condition["reason"], reasonSentence)
            }
            if reason.utf8.count > maximumReasonBytes { checker.tooLong("reason", maximumReasonBytes) }
            if condition["message"]?.string?.utf8.count ?? 0 > maximumMessageBytes {
                checker.tooLong("message", maximumMessageBytes)
            }
        }
    }

    private static let reasonSentence =
        "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters "
        + "or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or "
        + "'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')"

    private static func isReason(_ text: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }
        func isWord(_ byte: UInt8) -> Bool { isLetter(byte) || 0x30...0x39 ~= byte || byte == UInt8(ascii: "_") }
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, isLetter(first), isWord(last) else { return false }
        return bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ":") }
    }
}
