import APIMachinery

/// A number of pods or a share of all of them ("25%").
enum ShareRules {
    static func check(_ checker: inout FieldChecker, _ field: String, _ value: JSON?) {
        if let text = value?.string {
            checker.check(field, text, Validation.isPercent)
        } else if let value, value.int ?? 0 < 0 {
            checker.invalid(field, value, "must be greater than or equal to 0")
        }
    }

    static func checkAtMostAll(_ checker: inout FieldChecker, _ field: String, _ value: JSON?) {
        if let text = value?.string, let percent = Int(text.dropLast()), percent > 100 {
            checker.invalid(field, value, "must not be greater than 100%")
        }
    }

    /// Whether it is none, absence included.
    static func isZero(_ value: JSON?) -> Bool {
        guard let value else { return true }
        // What is no share of anything counts as none.
        guard let text = value.string else { return value.int == 0 }
        return Validation.isPercent(text).isEmpty ? Int(text.dropLast()) == 0 : true
    }
}
