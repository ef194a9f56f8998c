import APIMachinery

/// When a CronJob is due: five fields (minute, hour, day of month, month, day of week) with lists, ranges, steps and
/// names, a descriptor such as "@daily", or "@every 1h30m". Each field is a set of bits.
public struct CronSchedule: Sendable, Equatable {
    /// The numbers that a field allows.
    public struct Field: Sendable, Equatable {
        var bits: UInt64
        /// Whether it was given as `*` or `?`: day of month and day of week are then not alternatives of each other.
        public var isStar: Bool
        public func contains(_ number: Int) -> Bool { bits & (1 << UInt64(number)) != 0 }
    }
    public enum Rule: Sendable, Equatable {
        case fields(minute: Field, hour: Field, dayOfMonth: Field, month: Field, dayOfWeek: Field)
        /// So many seconds after the last time; at least one.
        case every(seconds: Int)
    }
    public var rule: Rule
    /// The zone that the text itself names (`TZ=…` or `CRON_TZ=…`), which new CronJobs may not.
    public var timeZone: String?

    /// What is wrong with a schedule, in the words users know from Kubernetes.
    public struct Failure: Error, Equatable { public var message: String }

    public init(_ text: String) throws(Failure) {
        if text.isEmpty { throw Failure(message: "empty spec string") }
        var rest = text[...]
        if text.hasPrefix("TZ=") || text.hasPrefix("CRON_TZ=") {
            guard let space = text.firstIndex(of: " "), let equals = text.firstIndex(of: "=") else {
                throw Failure(message: "provided bad location \(text)")
            }
            timeZone = String(text[text.index(after: equals)..<space])
            rest = text[space...].drop { $0 == " " }
        }
        rule = try rest.hasPrefix("@") ? Self.descriptor(String(rest)) : Self.fields(rest)
    }

    /// A field's least and greatest number, and names for some of them.
    private struct Bounds {
        var range: ClosedRange<Int>
        var names: [String] = []
        /// The number of the first name.
        var firstName = 0
        var all: Field { Field(bits: Self.bits(range.lowerBound, range.upperBound, 1), isStar: true) }
        static func bits(_ first: Int, _ last: Int, _ step: Int) -> UInt64 {
            stride(from: first, through: last, by: step).reduce(0) { $0 | 1 << UInt64($1) }
        }
        func only(_ number: Int) -> Field { Field(bits: 1 << UInt64(number), isStar: false) }
    }
    private static let minutes = Bounds(range: 0...59)
    private static let hours = Bounds(range: 0...23)
    private static let days = Bounds(range: 1...31)
    private static let months = Bounds(
        range: 1...12,
        names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], firstName: 1)
    private static let weekdays = Bounds(range: 0...6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    private static func descriptor(_ text: String) throws(Failure) -> Rule {
        let (minute, hour) = (minutes.only(0), hours.only(0))
        switch text {
        case "@yearly", "@annually":
            return .fields(
                minute: minute, hour: hour, dayOfMonth: days.only(1), month: months.only(1), dayOfWeek: weekdays.all)
        case "@monthly":
            return .fields(
                minute: minute, hour: hour, dayOfMonth: days.only(1), month: months.all, dayOfWeek: weekdays.all)
        case "@weekly":
            return .fields(
                minute: minute, hour: hour, dayOfMonth: days.all, month: months.all, dayOfWeek: weekdays.only(0))
        case "@daily", "@midnight":
            return .fields(minute: minute, hour: hour, dayOfMonth: days.all, month: months.all, dayOfWeek: weekdays.all)
        case "@hourly":
            return .fields(
                minute: minute, hour: hours.all, dayOfMonth: days.all, month: months.all, dayOfWeek: weekdays.all)
        default: break
        }
        guard text.hasPrefix("@every ") else { throw Failure(message: "unrecognized descriptor: \(text)") }
        let duration = String(text.dropFirst("@every ".count))
        guard let nanoseconds = GoDuration.nanoseconds(duration) else {
            throw Failure(
                message: "failed to parse duration \(text): time: invalid duration \(JSON(duration).text)")
        }
        return .every(seconds: max(1, Int(nanoseconds / 1_000_000_000)))
    }

    private static func fields(_ text: Substring) throws(Failure) -> Rule {
        let words = text.split { $0.isWhitespace }
        guard words.count == 5 else {
            let shown = words.joined(separator: " ")
            throw Failure(message: "expected exactly 5 fields, found \(words.count): [\(shown)]")
        }
        return .fields(
            minute: try field(words[0], minutes), hour: try field(words[1], hours),
            dayOfMonth: try field(words[2], days), month: try field(words[3], months),
            dayOfWeek: try field(words[4], weekdays))
    }

    /// A list of ranges.
    private static func field(_ text: Substring, _ bounds: Bounds) throws(Failure) -> Field {
        var field = Field(bits: 0, isStar: false)
        for expression in text.split(separator: ",") {
            let (bits, isStar) = try range(expression, bounds)
            field.bits |= bits
            field.isStar = field.isStar || isStar
        }
        return field
    }

    /// `number`, `number-number`, or `*`, each with an optional `/step`.
    private static func range(_ text: Substring, _ bounds: Bounds) throws(Failure) -> (UInt64, Bool) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        var (first, last) = (bounds.range.lowerBound, bounds.range.upperBound)
        var isStar = false
        if ends[0] == "*" || ends[0] == "?" {
            isStar = true
        } else {
            guard ends.count <= 2 else { throw Failure(message: "too many hyphens: \(text)") }
            first = try number(ends[0], bounds)
            last = ends.count == 2 ? try number(ends[1], bounds) : first
        }
        var step = 1
        if parts.count > 2 { throw Failure(message: "too many slashes: \(text)") }
        if parts.count == 2 {
            step = try number(parts[1], Bounds(range: bounds.range))
            // "N/step" is from N to the end.
            if ends.count == 1 { last = bounds.range.upperBound }
            if step > 1 { isStar = false }
        }
        let (low, high) = (bounds.range.lowerBound, bounds.range.upperBound)
        if first < low {
            throw Failure(message: "beginning of range (\(first)) below minimum (\(low)): \(text)")
        }
        if last > high { throw Failure(message: "end of range (\(last)) above maximum (\(high)): \(text)") }
        if first > last {
            throw Failure(message: "beginning of range (\(first)) beyond end of range (\(last)): \(text)")
        }
        if step == 0 { throw Failure(message: "step of range should be a positive number: \(text)") }
        return (Bounds.bits(first, last, step), isStar)
    }

    private static func number(_ text: Substring, _ bounds: Bounds) throws(Failure) -> Int {
        if let name = bounds.names.firstIndex(of: text.lowercased()) { return name + bounds.firstName }
        guard let number = Int(text) else {
            throw Failure(
                message: "failed to parse int from \(text): strconv.Atoi: parsing \(JSON(String(text)).text): "
                    + "invalid syntax")
        }
        if number < 0 { throw Failure(message: "negative number (\(number)) not allowed: \(text)") }
        return number
    }
}
